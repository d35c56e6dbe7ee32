"""Money over time: slots of a quarter of an hour, over as long as a period.

Every time zone of today lies whole quarters of an hour from UTC, so a calendar month is whole slots.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

import msgspec

SLOT_SECONDS = 900
# Two of the longest periods: a month of 31 days, and one that a wrong clock counted elsewhere.
MOST_SLOTS = 2 * 31 * 86_400 // SLOT_SECONDS


class Slot(msgspec.Struct):
    """What was spent from ``number`` * 900 s on, for 900 s."""

    number: int
    usd: Decimal


# By budget, in the order of time.
SlotsOf = Mapping[str, Sequence[Slot]]


class Spending:
    """What was spent, by time: at most a slot for each quarter of an hour of two periods.

    Nothing that a clock says takes effect for good: what was spent while it was wrong lies in slots of its own, and
    what the right one told before counts again once it is back.
    """

    def __init__(self, slots: Iterable[Slot] = ()) -> None:
        self._usd: dict[int, Decimal] = {}
        # The sum of the slots that were asked for last: asked for at every scrape, other ones every quarter of an hour.
        self._asked = range(0)
        self._sum = Decimal(0)
        for slot in slots:
            self._usd[slot.number] = self._usd.get(slot.number, Decimal(0)) + slot.usd

    def add(self, usd: Decimal, now: float) -> None:
        """Add the cost of one call that came ``now`` (Unix seconds)."""
        number = int(now // SLOT_SECONDS)
        self._usd[number] = self._usd.get(number, Decimal(0)) + usd
        if number in self._asked:
            self._sum += usd
        if len(self._usd) > MOST_SLOTS:
            del self._usd[min(self._usd)]

    def between(self, begin: float, now: float) -> Decimal:
        """US dollars from ``begin`` until ``now`` (Unix seconds); of the slot around ``begin`` the part inside.

        The slot after ``now`` belongs to it: clocks of exporters that share their spending differ by seconds.
        """
        asked = range(int(begin // SLOT_SECONDS), int(now // SLOT_SECONDS) + 2)
        if asked != self._asked:
            self._asked = asked
            self._sum = sum((usd for number, usd in self._usd.items() if number in asked), Decimal(0))
        left = Decimal(int(begin) % SLOT_SECONDS) / SLOT_SECONDS
        return self._sum - self._usd.get(asked.start, Decimal(0)) * left

    def slots_from(self, number: int) -> list[Slot]:
        """The slots from a number on, in the order of time; copies."""
        return [Slot(one, usd) for one, usd in sorted(self._usd.items()) if one >= number]

    def replace_from(self, number: int, slots: Iterable[Slot]) -> "Spending":
        """The same spending with other slots from a number on."""
        return Spending([*(Slot(one, usd) for one, usd in self._usd.items() if one < number), *slots])
