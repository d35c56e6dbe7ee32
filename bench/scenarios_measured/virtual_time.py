"""An event loop whose time passes only while everybody waits: what sleeps for a minute takes no real one.

The spans of OpenTelemetry take their times from it, so that their durations are the waiting of the demo's model server
and tools alone, however slow this machine is. A client that gives up after some seconds gives up in this time, too.
"""

import asyncio
import selectors
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import httpx2
import opentelemetry.sdk.trace as spans

_SECOND_NS = 1_000_000_000
# Virtual time passes faster than real time, and no span may be of the future.
_AHEAD_NS = 3_600 * _SECOND_NS
_T = TypeVar("_T")


class _AtOnce(selectors.DefaultSelector):
    """A selector that waits for nothing and says how long it was to wait."""

    waited = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What is ready; time goes on to the next thing that is due if nothing is."""
        ready = super().select(0)
        if not ready and timeout:
            self.waited += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """Its time begins at zero."""

    def __init__(self) -> None:
        self._at_once = _AtOnce()
        super().__init__(self._at_once)

    def time(self) -> float:
        """Seconds that were waited for."""
        return self._at_once.waited

    def run_in_executor(self, _executor: object, func: Callable[..., Any], *args: Any) -> "asyncio.Future[Any]":  # type: ignore[override]
        """Run it here: while a thread works no one waits, and time would pass as if all did."""
        done = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 the caller's, as from a thread
            done.set_exception(error)
        return done


class GivingUp(httpx2.AsyncBaseTransport):
    """A transport with the timeouts that a real one has: an answer that does not begin in time is none."""

    def __init__(self, beyond: httpx2.AsyncBaseTransport) -> None:
        self._beyond = beyond

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer, or raise ReadTimeout after the seconds that the request allows."""
        seconds = request.extensions.get("timeout", {}).get("read")
        try:
            async with asyncio.timeout(seconds):
                return await self._beyond.handle_async_request(request)
        except TimeoutError as error:
            raise httpx2.ReadTimeout("the model server did not answer in time", request=request) from error


def run_in_virtual_time(work: Coroutine[Any, Any, _T]) -> _T:
    """Run until it is done; spans that begin and end meanwhile have the loop's time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner, _spans_by(runner.get_loop()):
        return runner.run(work)


@contextmanager
def _spans_by(loop: asyncio.AbstractEventLoop) -> Iterator[None]:
    began, real = time.time_ns() - _AHEAD_NS, spans.time_ns
    spans.time_ns = lambda: began + round(loop.time() * _SECOND_NS)  # type: ignore[attr-defined]
    try:
        yield
    finally:
        spans.time_ns = real  # type: ignore[attr-defined]
