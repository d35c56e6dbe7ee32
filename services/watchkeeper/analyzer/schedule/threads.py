"""Work that blocks, in a thread of its own: it may hang without holding up the event loop or the end of the process."""

import asyncio
import contextvars
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from threading import Thread
from typing import TypeVar

Result = TypeVar("Result")

# Who started a thread must know whether it still lives when its own task has long been cancelled.
_of_this_run: ContextVar[list[Thread]] = ContextVar("threads_of_this_run")


@contextmanager
def collected() -> Iterator[list[Thread]]:
    """Collect the threads that tasks created in here start, in the list this yields."""
    threads: list[Thread] = []
    token = _of_this_run.set(threads)
    try:
        yield threads
    finally:
        _of_this_run.reset(token)


async def in_thread(work: Callable[[], Result]) -> Result:
    """Return what ``work`` returns; when this is cancelled the thread goes on, because nothing can stop it.

    Not asyncio.to_thread: its threads are waited for when the process ends, and no one can ask whether they live.

    Raises: what ``work`` raises.
    """
    loop = asyncio.get_running_loop()
    result: asyncio.Future[Result] = loop.create_future()

    def run() -> None:
        done: Future[Result] = Future()
        try:
            done.set_result(work())
        except BaseException as error:  # noqa: BLE001  # it is raised again where it is awaited
            done.set_exception(error)
        # The loop may be gone by now.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(_hand_over, done, result)

    thread = Thread(target=contextvars.copy_context().run, args=(run,), name="job", daemon=True)
    _of_this_run.get([]).append(thread)
    thread.start()
    return await result


def _hand_over(done: Future[Result], result: asyncio.Future[Result]) -> None:
    """Say how the thread's work ended, unless no one waits for it any more."""
    if result.done():
        return
    if (error := done.exception()) is not None:
        result.set_exception(error)
    else:
        result.set_result(done.result())
