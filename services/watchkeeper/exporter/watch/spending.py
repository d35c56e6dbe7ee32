"""Money over time: slots of a quarter of an hour, over as long as a period.

Every time zone of today lies whole quarters of an hour from UTC, so a calendar month is whole slots.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

import msgspec

SLOT_SECONDS = 900


class Slot(msgspec.Struct):
    """What was spent from ``number`` * 900 s on, for 900 s."""

    number: int
    usd: Decimal


# By budget, in the order of time.
SlotsOf = Mapping[str, Sequence[Slot]]


class Spending:
    """What was spent, by time. Memory: one slot for each quarter of an hour of a period that cost something."""

    def __init__(self, slots: Iterable[Slot] = ()) -> None:
        self._slots = deque(sorted(slots, key=lambda slot: slot.number))
        self._total = sum((slot.usd for slot in self._slots), Decimal(0))

    def add(self, usd: Decimal, now: float) -> None:
        """Add the cost of one call that came ``now`` (Unix seconds)."""
        number = int(now // SLOT_SECONDS)
        if not self._slots or self._slots[-1].number < number:
            self._slots.append(Slot(number, Decimal(0)))
        self._slots[-1].usd += usd
        self._total += usd

    def since(self, begin: float) -> Decimal:
        """US dollars from ``begin`` on, for good: what is older is forgotten; of the slot around it the part inside."""
        first = int(begin // SLOT_SECONDS)
        while self._slots and self._slots[0].number < first:
            self._total -= self._slots.popleft().usd
        if not self._slots or self._slots[0].number > first:
            return self._total
        left = Decimal(int(begin) % SLOT_SECONDS) / SLOT_SECONDS
        return self._total - self._slots[0].usd * left

    def slots_from(self, number: int) -> list[Slot]:
        """The slots from a number on."""
        return [slot for slot in self._slots if slot.number >= number]

    def replace_from(self, number: int, slots: Iterable[Slot]) -> "Spending":
        """The same spending with other slots from a number on."""
        return Spending([*(slot for slot in self._slots if slot.number < number), *slots])
