"""Whose request is worked on next, and which are refused because they would wait for too long.

A queue that is never empty makes everyone wait for nothing: what waits in it is as much as before, only later.
So the time that a request may wait shrinks from ``_PATIENT_SECONDS`` to ``_HASTY_SECONDS`` once the queue was not empty
for as long as the former; what cannot be taken in that time is refused, where possible before its body is read.
Tenants take turns, so that who sends too much waits behind himself.
Source: B. Maurer, "Fail at Scale", ACM Queue 13(8), 2015 (controlled delay for queues of requests), after K. Nichols,
V. Jacobson, "Controlling Queue Delay", ACM Queue 10(5), 2012; J. Nagle, RFC 970 (turns of senders).
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

# Clients and scrapers have timeouts of ten seconds; what is taken shall be answered within one.
_PATIENT_SECONDS = 0.5
_HASTY_SECONDS = 0.1
# Some requests must wait, or there is none at hand when a turn ends.
FEWEST = 4
# An average over some ten turns.
_WEIGHT = 0.1


class Overloaded(Exception):  # noqa: N818  # a decision about the sender, not a failure of ours
    """The request would wait for too long."""


class _Waiting:
    """A request that waits for its turn until ``deadline``; ``turn`` becomes whether it got one."""

    __slots__ = ("deadline", "turn")

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        self.turn: asyncio.Future[bool] = asyncio.get_running_loop().create_future()


class Turns:
    """One request at a time; ``clock`` gives monotonic seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._is_taken = False
        self._queues: dict[str, deque[_Waiting]] = {}
        self._last_empty = clock()
        self._turn_seconds = 0.0

    @property
    def is_waited_for(self) -> bool:
        """Whether any request waits."""
        return bool(self._queues)

    def is_full_for(self, tenant: str, coming: int = 0) -> bool:
        """Whether a request of the tenant would wait for too long, behind those that wait and ``coming`` ones."""
        waiting = len(self._queues.get(tenant, ())) + coming
        if waiting < FEWEST:
            return False
        tenants = len(self._queues) + (tenant not in self._queues)
        return waiting * tenants * self._turn_seconds > self._patience(self._clock())

    def check(self, tenant: str) -> None:
        """Refuse a request of the tenant that would wait for too long. Raises: Overloaded."""
        if self.is_full_for(tenant):
            raise Overloaded

    @asynccontextmanager
    async def take(self, tenant: str) -> AsyncIterator[None]:
        """Have a turn for as long as the block lasts. Raises: Overloaded when it does not come in time."""
        await self._wait(tenant)
        try:
            # What came at the same moment must stand in the queue to be seen there: work seldom pauses by itself.
            await asyncio.sleep(0)
            began = self._clock()
            yield
            self._turn_seconds += _WEIGHT * (self._clock() - began - self._turn_seconds)
        finally:
            self._pass_on()

    async def _wait(self, tenant: str) -> None:
        now = self._clock()
        if not self._is_taken:
            self._is_taken, self._last_empty = True, now
            return
        self.check(tenant)
        waiting = _Waiting(now + self._patience(now))
        self._queues.setdefault(tenant, deque()).append(waiting)
        try:
            has_turn = await waiting.turn
        except asyncio.CancelledError:
            if waiting.turn.done() and not waiting.turn.cancelled():
                self._pass_on()
            raise
        if not has_turn:
            raise Overloaded

    def _patience(self, now: float) -> float:
        """How long a request that comes now may wait; longer than a turn, or none would ever be taken."""
        is_patient = not self._is_taken or now - self._last_empty <= _PATIENT_SECONDS
        return max(_PATIENT_SECONDS if is_patient else _HASTY_SECONDS, FEWEST * self._turn_seconds)

    def _pass_on(self) -> None:
        """Give the turn to the next request that still waits, of the tenant that waited longest for one."""
        now = self._clock()
        while self._queues:
            tenant, queue = next(iter(self._queues.items()))
            del self._queues[tenant]
            while queue:
                waiting = queue.popleft()
                if waiting.turn.done():  # its client has gone
                    continue
                has_turn = now <= waiting.deadline
                waiting.turn.set_result(has_turn)
                if has_turn:
                    if queue:
                        self._queues[tenant] = queue  # behind the others
                    return
        self._is_taken, self._last_empty = False, now
