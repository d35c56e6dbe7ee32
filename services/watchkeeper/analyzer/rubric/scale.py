"""The scale of a rubric: which scores there are, and what a number of one means from 0 to 1."""

from dataclasses import dataclass
from typing import Literal

ScaleKind = Literal["numeric", "boolean", "categorical"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One score: ``value`` from 0 to 1 of a numeric or boolean scale, else a ``category``."""

    value: float | None = None
    category: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """``lowest`` and ``highest`` are the bounds of a numeric scale, ``categories`` the words of a categorical one."""

    kind: ScaleKind = "numeric"
    lowest: float = 0.0
    highest: float = 1.0
    categories: tuple[str, ...] = ()

    def describe(self) -> str:
        """What a score must be, as JSON, for the model that gives it."""
        if self.kind == "boolean":
            return "true or false"
        if self.kind == "categorical":
            return "one of " + ", ".join(f'"{category}"' for category in self.categories)
        return f"a number from {self.lowest:g} (worst) to {self.highest:g} (best)"

    def read(self, score: object) -> Verdict | None:
        """The verdict; None for what is no score of this scale. Nothing is rounded, cut or guessed."""
        if self.kind == "boolean":
            return Verdict(value=float(score)) if isinstance(score, bool) else None
        if self.kind == "categorical":
            return Verdict(category=score) if isinstance(score, str) and score in self.categories else None
        if isinstance(score, bool) or not isinstance(score, int | float) or not self.lowest <= score <= self.highest:
            return None
        return Verdict(value=(score - self.lowest) / (self.highest - self.lowest))
