"""Turns of requests: fair between tenants, refused in time, and never lost."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from watchkeeper.exporter.ingest.turns import Overloaded, Turns


class Clock:
    """Time that passes when a test says so."""

    now = 100.0

    def __call__(self) -> float:
        """Monotonic seconds."""
        return self.now


class Worked:
    """Requests that take so long each, and what became of them in their order."""

    def __init__(self, seconds: float) -> None:
        self.clock = Clock()
        self.turns = Turns(self.clock)
        self.taken: list[str] = []
        self.refused: list[str] = []
        self._seconds = seconds

    async def ask(self, tenant: str) -> None:
        """One request."""
        try:
            async with self.turns.take(tenant):
                self.clock.now += self._seconds
                self.taken.append(tenant)
        except Overloaded:
            self.refused.append(tenant)

    def all(self, tenants: str) -> None:
        """Requests that come at the same moment, one letter each."""

        async def gathered() -> None:
            await asyncio.gather(*(self.ask(tenant) for tenant in tenants))

        asyncio.run(gathered())


def test_everyone_is_taken_while_it_lasts_no_longer_than_they_may_wait() -> None:
    """A burst of half a second is no overload."""
    worked = Worked(0.01)

    worked.all("a" * 40)

    assert (len(worked.taken), worked.refused) == (40, [])


def test_who_would_wait_for_too_long_is_refused() -> None:
    """Of two seconds of work at once half a second is taken, and none of it in vain."""
    worked = Worked(0.02)

    worked.all("a" * 100)

    assert len(worked.taken) + len(worked.refused) == 100
    assert 20 <= len(worked.taken) <= 30


def test_a_queue_that_is_never_empty_becomes_shorter() -> None:
    """After half a second the time that a request may wait is a tenth."""
    worked = Worked(0.01)
    waited: list[float] = []

    async def ask() -> None:
        came = worked.clock.now
        try:
            async with worked.turns.take(""):
                waited.append(worked.clock.now - came)
                worked.clock.now += 0.01
        except Overloaded:
            pass

    async def overloaded() -> None:
        async with asyncio.TaskGroup() as tasks:
            for _ in range(400):  # eight times what can be taken
                for _ in range(4):
                    tasks.create_task(ask())
                await asyncio.sleep(0)

    asyncio.run(overloaded())

    assert len(waited) > 190  # each takes two rounds of the loop
    assert max(waited) <= 0.5 + 0.01
    assert max(waited[150:]) <= 0.1 + 0.01


def test_tenants_take_turns() -> None:
    """Who sends one request does not wait behind a hundred of another's."""
    worked = Worked(0.001)

    worked.all("a" * 100 + "b" + "c")

    assert set(worked.taken[:5]) == {"a", "b", "c"}


def test_what_is_refused_is_refused_before_it_is_read() -> None:
    """The check holds for a tenant whose queue is full, and not for one without."""
    worked = Worked(0.2)

    async def crowd() -> tuple[bool, bool]:
        await worked.ask("a")
        waiting = [asyncio.create_task(worked.ask("a")) for _ in range(30)]
        await asyncio.sleep(0)
        refusals = _is_refused(worked.turns, "a"), _is_refused(worked.turns, "b")
        await asyncio.gather(*waiting)
        return refusals

    assert asyncio.run(crowd()) == (True, False)


def _is_refused(turns: Turns, tenant: str) -> bool:
    try:
        turns.check(tenant)
    except Overloaded:
        return True
    return False


async def _cancelled_while_waiting(worked: Worked) -> None:
    tasks = [asyncio.create_task(worked.ask(tenant)) for tenant in "aab"]
    await asyncio.sleep(0)
    tasks[1].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _cancelled_with_a_turn(worked: Worked) -> None:
    tasks = [asyncio.create_task(worked.ask(tenant)) for tenant in "aab"]
    await tasks[0]
    tasks[1].cancel()  # its turn has come, and it has not run since
    tasks[2].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@pytest.mark.parametrize("leave", [_cancelled_while_waiting, _cancelled_with_a_turn])
def test_who_leaves_takes_no_turn_along(leave: Callable[[Worked], Coroutine[Any, Any, None]]) -> None:
    """A client that went away while it waited, or just when its turn came."""
    worked = Worked(0.001)

    async def left() -> None:
        await leave(worked)
        await asyncio.wait_for(worked.ask("after"), 5)

    asyncio.run(left())

    assert worked.taken[-1] == "after"
