"""Waiting where the other side asks for it: within a run of a job, or over the next ones."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from watchkeeper.errors import EndpointError, JobError

# Where a refusal does not say when to come again.
_PAUSE_SECONDS = 60.0

Result = TypeVar("Result")


class Patience:
    """What one job has been asked to wait by ``who``; ``clock`` gives Unix seconds, ``pause`` waits."""

    def __init__(
        self,
        who: str,
        clock: Callable[[], float] = time.time,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._who = who
        self._clock = clock
        self._pause = pause
        self._rests_until = 0.0

    def check(self) -> None:
        """Let a run begin. Raises: JobError while the other side wants to be left alone."""
        if (seconds := self._rests_until - self._clock()) > 0:
            raise JobError(f"{self._who} takes no requests for {seconds:.0f} s more")

    async def asked(
        self, ask: Callable[[], Awaitable[Result]], deadline: float, report: Callable[[str], None]
    ) -> Result:
        """What ``ask`` gives, asked again after each wait; ``report`` hears of each request: ok, or the kind of error.

        Raises: EndpointError as ``rest`` does.
        """
        while True:
            try:
                result = await ask()
            except EndpointError as error:
                report(error.error_type)
                await self.rest(error, deadline)
            else:
                report("ok")
                return result

    async def rest(self, error: EndpointError, deadline: float) -> None:
        """Wait as long as asked, until ``deadline`` of the monotonic clock at most.

        Raises: the error, when it asks for no wait, or for one that is too long for this run: the next ones wait, too.
        """
        if error.error_type != "rate_limited":
            raise error
        seconds = error.wait_seconds or _PAUSE_SECONDS
        if time.monotonic() + seconds >= deadline:
            self._rests_until = self._clock() + seconds
            raise error
        await self._pause(seconds)
