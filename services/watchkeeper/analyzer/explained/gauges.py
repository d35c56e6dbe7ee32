"""The samples that say why a number moved."""

from collections.abc import Mapping
from dataclasses import dataclass

from watchkeeper.metrics.store import MetricStore

# Alert and service.
Key = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What is said of an alert of a service, since when, the shares of its causes, and what changed meanwhile."""

    text: str
    at: float
    shares: Mapping[str, float]
    changes: frozenset[str] = frozenset()

    def says_the_same(self, other: "Line") -> bool:
        """Whether the other names the same causes and no further change, maybe with other figures."""
        return self.shares.keys() == other.shares.keys() and other.changes <= self.changes


class ExplanationGauges:
    """The samples of lines and causes."""

    def __init__(self, store: MetricStore) -> None:
        self._lines = store.families["llm_change_explanation_info"]
        self._causes = store.families["llm_change_cause_ratio"]

    def set(self, key: Key, known: Line | None, line: Line) -> None:
        """Replace what was said."""
        if known:
            self.drop(key, known)
        self._lines.set((*key, line.text), 1.0)
        for cause, share in line.shares.items():
            self._causes.set((*key, cause), share)

    def drop(self, key: Key, line: Line) -> None:
        """Say nothing any more."""
        self._lines.drop((*key, line.text))
        for cause in line.shares:
            self._causes.drop((*key, cause))
