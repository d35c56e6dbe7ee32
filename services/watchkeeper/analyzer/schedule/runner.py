"""One job, one run at a time, within its deadline: whatever it does, its caller goes on."""

import asyncio
import time
from collections.abc import Coroutine, Sequence
from threading import Thread
from typing import Any

from watchkeeper.analyzer.schedule.job import Job
from watchkeeper.analyzer.schedule.state import Outcome, Run
from watchkeeper.analyzer.schedule.threads import collected
from watchkeeper.errors import WatchkeeperError

# What a cancelled run has to clean up after itself.
_LAST_SECONDS = 1.0
_MAX_TEXT = 300


class Runner:
    """Runs a job when asked; a run that outlives its deadline is left behind and keeps the next one from starting."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self._task: asyncio.Task[None] | None = None
        self._threads: Sequence[Thread] = ()
        self._is_stopping = False

    @property
    def is_alive(self) -> bool:
        """Whether a run, or a thread of it, goes on."""
        return self._is_task_alive or any(thread.is_alive() for thread in self._threads)

    async def run(self) -> Run | None:
        """Run it once and say how that ended; None when the process was stopped meanwhile. Raises nothing."""
        if self.is_alive:
            what = "task" if self._is_task_alive else "thread"
            return Run(outcome=Outcome.BLOCKED, error_type="blocked", error=f"a {what} of an earlier run still works")
        started = time.monotonic()
        with collected() as self._threads:
            self._task = task = asyncio.create_task(_awaited(self.job.run), name=self.job.name)
        await asyncio.wait({task}, timeout=self.job.deadline_seconds)
        is_late = not task.done()
        if is_late:
            await _cancelled(task)
        duration = time.monotonic() - started
        if self._is_stopping:
            return None
        return self._late(duration) if is_late else _ended(task, duration)

    async def stop(self) -> None:
        """Cancel what runs, and wait a moment for its end."""
        self._is_stopping = True
        if self._task is not None:
            await _cancelled(self._task)

    @property
    def _is_task_alive(self) -> bool:
        return self._task is not None and not self._task.done()

    def _late(self, duration: float) -> Run:
        message = f"exceeded its deadline of {self.job.deadline_seconds:g} s"
        return Run(outcome=Outcome.TIMEOUT, duration_seconds=duration, error_type="timeout", error=message)


async def _awaited(run: Any) -> None:
    """Let also what fails before it can be awaited fail inside the task."""
    made: Coroutine[Any, Any, None] = run()
    await made


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait({task}, timeout=_LAST_SECONDS)
    # Whatever comes of it later was said already.
    task.add_done_callback(lambda ended: ended.cancelled() or ended.exception())


def _ended(task: asyncio.Task[None], duration: float) -> Run:
    error = asyncio.CancelledError() if task.cancelled() else task.exception()
    if error is None:
        return Run(outcome=Outcome.OK, duration_seconds=duration)
    kind = type(error).__name__
    if isinstance(error, WatchkeeperError):
        message = str(error)[:_MAX_TEXT]
        return Run(outcome=Outcome.ERROR, duration_seconds=duration, error_type=kind, error=message)
    # The text of foreign errors may quote what a model or a user wrote.
    return Run(outcome=Outcome.ERROR, duration_seconds=duration, error_type=kind, error=kind, cause=error)
