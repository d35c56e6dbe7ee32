"""Jobs that behave in every way a job can, and waiting for what they do."""

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

from watchkeeper.analyzer.schedule.job import Job, every
from watchkeeper.analyzer.schedule.threads import in_thread
from watchkeeper.errors import JobError

_POLL_SECONDS = 0.005
_DEADLINE_SECONDS = 60.0


class Behaviour:
    """Counts its runs; a subclass says what happens in them. ``release`` ends what hangs in a thread."""

    def __init__(self) -> None:
        self.runs = 0
        self.cancelled = 0
        self.released = threading.Event()

    async def __call__(self) -> None:
        """Run once."""
        self.runs += 1
        try:
            await self.act()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise

    async def act(self) -> None:
        """What a run does: by default it succeeds at once."""

    def release(self) -> None:
        """Let what hangs go on."""
        self.released.set()


class Raising(Behaviour):
    """Meets an error that no one foresaw, whose text must not get out."""

    async def act(self) -> None:
        """Fail."""
        raise ValueError("a prompt of a user")


class Refusing(Behaviour):
    """Cannot do its work and says why."""

    async def act(self) -> None:
        """Fail with a sentence."""
        raise JobError("loki: answers 503")


class Cancelling(Behaviour):
    """Ends as if someone had cancelled it."""

    async def act(self) -> None:
        """Cancel itself."""
        raise asyncio.CancelledError


class Hanging(Behaviour):
    """Waits for what never comes, and can be cancelled."""

    async def act(self) -> None:
        """Wait forever."""
        await asyncio.Event().wait()


class Stubborn(Behaviour):
    """Hangs and does not let itself be cancelled until it is released."""

    async def act(self) -> None:
        """Wait forever, again and again."""
        while not self.released.is_set():
            try:
                await asyncio.sleep(_POLL_SECONDS)
            except asyncio.CancelledError:
                self.cancelled += 1


class Blocking(Behaviour):
    """Blocks in a thread until it is released."""

    async def act(self) -> None:
        """Wait where nothing can stop it."""
        await in_thread(self.released.wait)


class FailingInThread(Behaviour):
    """Raises in a thread."""

    async def act(self) -> None:
        """Fail there."""
        await in_thread({}.popitem)


def job(run: Any, name: str = "tried", *, seconds: float = 3600.0, deadline_seconds: float = 5.0) -> Job:
    """A job by what it does."""
    return Job(name=name, schedule=every(seconds), deadline_seconds=deadline_seconds, run=run)


async def until(holds: Callable[[], Any]) -> None:
    """Return when it holds; fail when the time is up."""
    deadline = time.monotonic() + _DEADLINE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it did not come to hold in time"
        await asyncio.sleep(_POLL_SECONDS)
