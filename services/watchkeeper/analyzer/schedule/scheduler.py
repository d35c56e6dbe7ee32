"""Starts each job when its schedule says, one run at a time, and waits longer while it fails."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.events import EVENT_JOB_MAX_INSTANCES, JobSubmissionEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from watchkeeper.analyzer.schedule.job import Job
from watchkeeper.analyzer.schedule.report import JobReport
from watchkeeper.analyzer.schedule.runner import Runner
from watchkeeper.analyzer.schedule.state import Outcome, Run
from watchkeeper.metrics.store import MetricStore

# When the whole stack starts, Loki needs 15 s to answer.
_FIRST_RUN_SECONDS = 20.0
# A failure is tried again after a minute, or after the interval where that is shorter; then after twice as long each
# time, up to five minutes, or the interval where that is longer.
_FIRST_RETRY_SECONDS = 60.0
_LAST_RETRY_SECONDS = 300.0


def retry_seconds(failures: int, interval_seconds: float) -> float:
    """How long to wait after so many failures in a row."""
    first = min(interval_seconds, _FIRST_RETRY_SECONDS)
    doublings = min(failures - 1, 30)
    return float(min(first * 2**doublings, max(interval_seconds, _LAST_RETRY_SECONDS)))


class JobScheduler:
    """All jobs; ``clock`` gives Unix seconds."""

    def __init__(self, jobs: Sequence[Job], store: MetricStore, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._runners = {job.name: Runner(job) for job in jobs}
        self._reports = {job.name: JobReport(job, store, clock()) for job in jobs}
        defaults = {"max_instances": 1, "coalesce": True, "misfire_grace_time": None}
        self._times = AsyncIOScheduler(timezone=UTC, job_defaults=defaults)
        self._times.add_listener(self._skipped, EVENT_JOB_MAX_INSTANCES)
        # What it warns of is counted here.
        logging.getLogger("apscheduler").setLevel(logging.ERROR)

    def start(self) -> None:
        """Let every job run soon, and then by its schedule."""
        for name, runner in self._runners.items():
            wait = min(runner.job.interval_seconds(self._clock()), _FIRST_RUN_SECONDS)
            first = datetime.now(UTC) + timedelta(seconds=wait)
            self._times.add_job(self._run, runner.job.schedule, [name], id=name, next_run_time=first)
        self._times.start()

    async def stop(self) -> None:
        """Start nothing more, and cancel what runs."""
        self._times.pause()
        await asyncio.gather(*(runner.stop() for runner in self._runners.values()))
        self._times.shutdown(wait=False)
        # It ends itself by a callback of the loop.
        await asyncio.sleep(0)

    def refresh(self) -> None:
        """Bring the gauges up to date before they are read."""
        for report in self._reports.values():
            report.refresh(self._clock())

    def describe(self) -> dict[str, Any]:
        """Return what /health shows of each job."""
        return {
            name: report.describe(self._next_run(name), is_alive=self._runners[name].is_alive)
            for name, report in self._reports.items()
        }

    async def _run(self, name: str) -> None:
        runner = self._runners[name]
        run = await runner.run()
        if run is None:
            return
        state = self._reports[name].ended(run, self._clock())
        if state.failures:
            wait = retry_seconds(state.failures, runner.job.interval_seconds(self._clock()))
            self._times.modify_job(name, next_run_time=datetime.now(UTC) + timedelta(seconds=wait))

    def _skipped(self, event: JobSubmissionEvent) -> None:
        self._reports[event.job_id].ended(Run(outcome=Outcome.SKIPPED), self._clock())

    def _next_run(self, name: str) -> datetime | None:
        job = self._times.get_job(name)
        planned: datetime | None = job and job.next_run_time
        return planned
