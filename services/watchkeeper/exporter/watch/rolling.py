"""Sums over a rolling window for each of many holders, in bounded memory."""

from collections import OrderedDict

import msgspec

# Of a window of 5 hours 5 minutes each, of a week not quite 3 hours; the oldest counts by what of it is inside.
_PARTS = 60


class Rolling(msgspec.Struct, gc=False):
    """What one holder used, by the number of the part of time; ``team`` that of the first call: alerts keep it."""

    team: str = ""
    parts: dict[int, float] = {}


class RollingSums:
    """Sums of the last ``seconds`` for at most ``capacity`` holders; whoever was silent the longest goes first."""

    def __init__(self, seconds: float, capacity: int) -> None:
        self.forgotten = 0
        self.holders: OrderedDict[str, Rolling] = OrderedDict()
        self._part_seconds = seconds / _PARTS
        self._capacity = capacity

    def add(self, holder: str, team: str, amount: float, now: float) -> None:
        """Add an amount that came ``now`` (Unix seconds)."""
        rolling = self.holders.get(holder)
        if rolling is None:
            rolling = self.holders[holder] = Rolling()
        rolling.team = rolling.team or team
        number = int(now // self._part_seconds)
        rolling.parts[number] = rolling.parts.get(number, 0.0) + amount
        if len(rolling.parts) > _PARTS + 1:
            del rolling.parts[min(rolling.parts)]
        self.holders.move_to_end(holder)
        if len(self.holders) > self._capacity:
            self.holders.popitem(last=False)
            self.forgotten += 1

    def used(self, now: float) -> dict[str, float]:
        """What each holder used until ``now``; whoever used nothing is forgotten."""
        sums = {holder: self._sum(rolling.parts, now) for holder, rolling in self.holders.items()}
        for holder in [holder for holder, used in sums.items() if not used]:
            del self.holders[holder], sums[holder]
        return sums

    def _sum(self, parts: dict[int, float], now: float) -> float:
        """A part around the beginning counts by what of it is inside; one of a clock that was ahead does not."""
        end = now / self._part_seconds
        first, left = int(end) - _PARTS, end - int(end)
        inside = sum(used for number, used in parts.items() if first < number <= int(end) + 1)
        return inside + parts.get(first, 0.0) * (1.0 - left)
