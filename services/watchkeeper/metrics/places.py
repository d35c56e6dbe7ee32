"""The places of a label's values, for one service or for all: two ways to decide who has one when they are taken.

Source: docs/decisions/0022.
"""

from collections.abc import Callable
from collections.abc import Set as AbstractSet

import msgspec

from watchkeeper.metrics.frequent import Frequent

# A fifth: the open places are full exactly when the label is four fifths full, where WatchkeeperLabelNearlyFull is.
_EARNED_SHARE = 5
# A label of few places serves them all at first sight.
_FEW_PLACES = 20
_ENOUGH_OCCURRENCES = 10
# A value that is at least one in so many of a label's refused ones is noticed, whatever the others are.
_WATCHED = 256


class _Place(msgspec.Struct):
    """``text`` is the label's value, ``used`` when it was last asked for, ``occurrences`` how often."""

    text: str
    used: float
    occurrences: int = 1


class Places:
    """The values that have a place, by the value as it was sent; ``limit`` bounds them."""

    def __init__(self, limit: int, cleaned: Callable[[str], str], known: AbstractSet[str]) -> None:
        self._limit = limit
        self._cleaned = cleaned
        self._known = known
        self._values: dict[str, _Place] = {}
        self._refused: Frequent | None = None

    def __len__(self) -> int:
        return len(self._values)

    def admit(self, value: str, now: float) -> str | None:
        """The label's value, or None when there is no place; ``now`` in seconds of the exporter's lifetime."""
        place = self._values.get(value)
        if place is not None:
            place.used = now
            place.occurrences += 1
            return place.text
        if not self._make_place(value):
            return None
        return self.reserve(value, now)

    def reserve(self, value: str, used: float) -> str:
        """Give a value a place, whatever the limit; one that has a place keeps the later time of its use."""
        place = self._values.setdefault(value, _Place(self._cleaned(value), used))
        place.used = max(place.used, used)
        return place.text

    def known(self, value: str) -> str | None:
        """The label's value when it has a place."""
        place = self._values.get(value)
        return place.text if place else None

    def values(self) -> list[str]:
        """The label's values."""
        return [place.text for place in self._values.values()]

    def free_unused(self, since: float) -> list[str]:
        """Free the places that no one used since then; return their values."""
        unused = [value for value, place in self._values.items() if place.used < since]
        return [self._values.pop(value).text for value in unused]

    def _make_place(self, value: str) -> bool:
        """Whether there is a place for a new value."""
        raise NotImplementedError

    def _has_come_often(self, value: str) -> bool:
        """Count an observation of a value without a place."""
        self._refused = self._refused or Frequent(_WATCHED)
        if self._refused.add(self._cleaned(value)) < _ENOUGH_OCCURRENCES:
            return False
        self._refused.forget(self._cleaned(value))
        return True


class FirstCome(Places):
    """Who has a place keeps it while it is used; the last fifth is for known values, and for those that came often.

    Names made up once each cannot keep a real one out.
    """

    def _make_place(self, value: str) -> bool:
        taken = len(self._values)
        if taken < self._limit - (self._limit // _EARNED_SHARE if self._limit >= _FEW_PLACES else 0):
            return True
        return taken < self._limit and (value in self._known or self._has_come_often(value))


class Evicting(Places):
    """A new value always has a place; the one that was unused for longest gives up its own.

    That is one that came seldom, while there are several of those: names made up once each push out each other. One
    that gave up its place has it again when it has come often.
    Source of the two parts: R. Karedla, J. S. Love, B. G. Wherry, "Caching strategies to improve disk system
    performance", 1994 (segmented LRU).
    """

    def __init__(self, limit: int, cleaned: Callable[[str], str], known: AbstractSet[str]) -> None:
        super().__init__(limit, cleaned, known)
        self._evicted: dict[str, None] = {}

    def _make_place(self, value: str) -> bool:
        if len(self._values) < self._limit:
            return True
        if value in self._evicted and not self._has_come_often(value):
            return False
        self._evicted.pop(value, None)
        self._evict()
        return True

    def _evict(self) -> None:
        seldom = [value for value, place in self._values.items() if place.occurrences < _ENOUGH_OCCURRENCES]
        candidates = seldom if len(seldom) * _EARNED_SHARE > self._limit else self._values
        longest_unused = min(candidates, key=lambda value: self._values[value].used)
        del self._values[longest_unused]
        self._evicted[longest_unused] = None
        if len(self._evicted) > _WATCHED:
            del self._evicted[next(iter(self._evicted))]
