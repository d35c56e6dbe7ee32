"""An application that can be replaced while its socket is open: requests wait for the new one, and none is refused."""

import asyncio
import gc
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import structlog
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from watchkeeper.errors import WatchkeeperError
from watchkeeper.serving.connections import Refuse

log = structlog.get_logger()

# A request that is being answered may end; one whose body comes slowly is refused, and its client sends it again.
_GRACE_SECONDS = 2.0
_UNAVAILABLE = 503

Build = Callable[[], Starlette]


class Reloadable:
    """Serves an application, and another one in its place after SIGHUP.

    ``prepare`` checks the configuration and returns what builds the application of it; it raises WatchkeeperError for
    a wrong one, and everything goes on as it was. The old application ends before the new one is built, so that the
    new one begins with the state that the old one has saved. What an application has as ``state.refuse`` sees the head
    of every POST first.
    """

    def __init__(self, build: Build, prepare: Callable[[], Build]) -> None:
        self._prepare = prepare
        self._app: Starlette = build()
        self._life: AbstractAsyncContextManager[object] = _life(self._app)
        self._is_open = asyncio.Event()
        self._answering: set[asyncio.Task[object]] = set()
        self._turn = asyncio.Lock()
        self._reloads: set[asyncio.Task[None]] = set()
        self.outer = Starlette(lifespan=self._lifespan)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request with the application of now; wait while it is being replaced."""
        if scope["type"] == "lifespan":
            await self.outer(scope, receive, send)
            return
        await self._is_open.wait()
        task = asyncio.current_task()
        if task is None:  # no server calls it so
            await self._app(scope, receive, send)
            return
        self._answering.add(task)
        try:
            await self._app(scope, receive, send)
        except asyncio.CancelledError:
            if self._is_open.is_set():
                raise
            await _refuse(scope, receive, send)
        finally:
            self._answering.discard(task)

    def refuse(self, path: bytes, headers: Sequence[tuple[bytes, bytes]]) -> Response | None:
        """Return what the application of now answers to the head of a POST that it need not see; None for any other."""
        refuse: Refuse | None = getattr(self._app.state, "refuse", None)
        return refuse(path, headers) if refuse is not None and self._is_open.is_set() else None

    async def reload(self) -> None:
        """Replace the application; a wrong configuration is logged, and changes nothing."""
        async with self._turn:
            try:
                build = self._prepare()
            except WatchkeeperError as error:
                log.error("reload_refused", problem=str(error))  # noqa: TRY400  # the sentence says it all
                return
            self._is_open.clear()
            await self._end_requests()
            await self._life.__aexit__(None, None, None)
            await self._begin(build)
            self._is_open.set()
        log.info("configuration_reloaded")

    async def _begin(self, build: Build) -> None:
        try:
            self._app = build()
            self._life = _life(self._app)
            await self._life.__aenter__()
        except BaseException:
            # The old one has ended: who started this process starts it again, and sees why it cannot start.
            log.exception("reload_failed")
            self._life = _life(Starlette())
            await self._life.__aenter__()
            signal.raise_signal(signal.SIGTERM)
            raise
        # Nothing of the old application is left: what was kept out of collections may go.
        gc.unfreeze()
        gc.collect()
        gc.freeze()

    async def _end_requests(self) -> None:
        if self._answering:
            _, slow = await asyncio.wait(self._answering, timeout=_GRACE_SECONDS)
            for task in slow:
                task.cancel()
            if slow:
                await asyncio.wait(slow, timeout=_GRACE_SECONDS)

    @asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        await self._life.__aenter__()
        self._is_open.set()
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGHUP, self._on_signal)
        yield
        loop.remove_signal_handler(signal.SIGHUP)
        async with self._turn:
            await self._life.__aexit__(None, None, None)

    def _on_signal(self) -> None:
        task = asyncio.create_task(self.reload())
        self._reloads.add(task)
        task.add_done_callback(self._reloads.discard)


def _life(app: Starlette) -> AbstractAsyncContextManager[object]:
    return app.router.lifespan_context(app)


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    # Where a part of the answer is sent already, the server closes the connection.
    answer: ASGIApp = PlainTextResponse("reloading", _UNAVAILABLE, {"retry-after": "1", "connection": "close"})
    await answer(scope, receive, send)
