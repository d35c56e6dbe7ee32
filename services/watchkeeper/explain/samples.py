"""What Prometheus knows of two windows, as it is handed to the pure part."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

# Per hour, either way: less is what is left of sums of floating-point numbers (one token in a century is more), more
# is no count of anything; NaN is neither. Quotients of numbers between them, and products of those, are finite.
_LEAST, _MOST = 1e-9, 1e18

Row = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """How much of something there was per hour, with some labels; ``amount`` says of what."""

    amount: str
    labels: Mapping[str, str]
    per_hour: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """The samples of both windows."""

    before: Sequence[Sample]
    after: Sequence[Sample]

    @property
    def both(self) -> tuple[Sequence[Sample], Sequence[Sample]]:
        """Before, after."""
        return self.before, self.after

    def of(self, service: str) -> "Samples":
        """Those of one service."""
        before, after = ([one for one in side if one.labels.get("service", "") == service] for side in self.both)
        return Samples(before=before, after=after)

    def countable(self) -> "Samples":
        """Those that can be counts of something."""
        before, after = ([one for one in side if _LEAST <= abs(one.per_hour) <= _MOST] for side in self.both)
        return Samples(before=before, after=after)

    def services(self) -> list[str]:
        """The services that have any."""
        return sorted({one.labels.get("service", "") for side in self.both for one in side})


def sums(samples: Iterable[Sample], amount: str, key: Callable[[Mapping[str, str]], Row]) -> Mapping[Row, float]:
    """The sums of an amount by what ``key`` takes from the labels; what is missing is 0."""
    found: dict[Row, float] = defaultdict(float)
    for one in samples:
        if one.amount == amount:
            found[key(one.labels)] += one.per_hour
    return found


def row_of(levels: Sequence[str]) -> Callable[[Mapping[str, str]], Row]:
    """What takes the values of these labels; a label that is missing is empty."""
    return lambda labels: tuple(labels.get(level, "") for level in levels)
