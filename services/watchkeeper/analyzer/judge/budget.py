"""What judges may spend in a day: reserved before a call, settled after it, so that no call can exceed the cap.

A call reserves what it costs at most; what it did not need is given back. The sum is noted before the call, so that a
process that dies in between has spent too much and never too little.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal

from watchkeeper.analyzer.notes.notes import Notes
from watchkeeper.analyzer.schedule.threads import in_thread
from watchkeeper.errors import WatchkeeperError
from watchkeeper.metrics.store import MetricStore

_KIND = "judge_spend"


class BudgetSpentError(WatchkeeperError):
    """A call could exceed what judges may spend today."""


class Reservation:
    """What a call may cost; it costs all of that until someone says what it did."""

    def __init__(self, usd: Decimal) -> None:
        self.usd = usd


class DailyBudget:
    """The cap of a day of UTC; ``clock`` gives Unix seconds."""

    def __init__(
        self, limit_usd: Decimal, notes: Notes, store: MetricStore, clock: Callable[[], float] = time.time
    ) -> None:
        self.limit_usd = limit_usd
        self._notes = notes
        self._spent = store.families["llm_judge_spend_dollars"]
        store.families["llm_judge_limit_dollars"].set((), float(limit_usd))
        self._clock = clock
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def reserved(self, most_usd: Decimal) -> AsyncIterator[Reservation]:
        """Reserve for one call; whoever makes it sets ``usd`` to what it cost.

        Raises: BudgetSpentError when it could exceed the cap, StateError when the sum cannot be noted. Then nothing
        may be asked.
        """
        day = self._day()
        reservation = Reservation(most_usd)
        await self._reserve(day, most_usd)
        try:
            yield reservation
        finally:
            if reservation.usd != most_usd:
                await self._add(day, reservation.usd - most_usd)

    async def spent(self) -> Decimal:
        """What was spent, or is reserved, today; shown from then on, also by a process that asked no judge yet."""
        async with self._turn:
            usd = await self._noted(self._day())
            self._spent.set((), float(usd))
            return usd

    async def _reserve(self, day: str, usd: Decimal) -> None:
        async with self._turn:
            spent = await self._noted(day)
            if spent + usd > self.limit_usd:
                raise BudgetSpentError(
                    f"judges have spent {spent:.4f} of {self.limit_usd} US dollars today, and a call may cost {usd:.4f}"
                )
            await self._note(day, spent + usd)

    async def _add(self, day: str, usd: Decimal) -> None:
        async with self._turn:
            await self._note(day, await self._noted(day) + usd)

    async def _noted(self, day: str) -> Decimal:
        return await in_thread(lambda: Decimal(self._notes.read(_KIND, day) or 0))

    async def _note(self, day: str, usd: Decimal) -> None:
        await in_thread(lambda: self._notes.write(_KIND, day, str(usd)))
        self._spent.set((), float(usd))

    def _day(self) -> str:
        return datetime.fromtimestamp(self._clock(), UTC).date().isoformat()
