"""What became of the runs of jobs, as metrics, as lines and as what /health shows."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import structlog

from watchkeeper.analyzer.schedule.job import Job
from watchkeeper.analyzer.schedule.state import JobState, Outcome, Run
from watchkeeper.metrics.store import MetricStore

log = structlog.get_logger()


class JobReport:
    """The state of one job; every change of it goes through here."""

    def __init__(self, job: Job, store: MetricStore, now: float) -> None:
        self._job = job
        self._families = store.families
        self.state = JobState(started=now)

    def ended(self, run: Run, now: float) -> JobState:
        """Take in a run that ended at ``now`` and return the new state."""
        values = (self._job.name, run.outcome, run.error_type)
        self._families["watchkeeper_job_runs_total"].add(values, 1, now)
        if run.outcome not in (Outcome.SKIPPED, Outcome.BLOCKED):
            self._set("watchkeeper_job_last_duration_seconds", run.duration_seconds)
            self.state = replace(self.state, last_duration_seconds=run.duration_seconds)
        if run.outcome is Outcome.OK:
            self._succeeded(now)
        elif run.outcome is not Outcome.SKIPPED:
            self._failed(run)
        return self.state

    def refresh(self, now: float) -> None:
        """Bring up to date what grows while nothing happens."""
        due = self._job.runs_due(self.state.last_success or self.state.started, now)
        self._set("watchkeeper_job_runs_without_success", max(self.state.failures, due))

    def describe(self, next_run: datetime | None, *, is_alive: bool) -> dict[str, Any]:
        """Return what /health shows; ``next_run`` is None while nothing is planned."""
        state = self.state
        return {
            "status": "failing" if state.failures else "waiting" if state.last_success is None else "ok",
            "last_success": _time(state.last_success),
            "last_duration_seconds": state.last_duration_seconds and round(state.last_duration_seconds, 3),
            "consecutive_failures": state.failures,
            "error": state.error,
            "is_running": is_alive,
            "next_run": next_run and next_run.astimezone(UTC).isoformat(timespec="seconds"),
        }

    def _succeeded(self, now: float) -> None:
        self._set("watchkeeper_job_last_success_timestamp_seconds", now)
        if self.state.failures:
            log.info("job_recovered", job_name=self._job.name, failures=self.state.failures)
        self.state = replace(self.state, last_success=now, failures=0, error="")

    def _failed(self, run: Run) -> None:
        failures = self.state.failures + 1
        log.warning(
            "job_failed",
            job_name=self._job.name,
            outcome=run.outcome,
            error_class=run.error_type,
            error=run.error,
            failures=failures,
            duration_seconds=round(run.duration_seconds, 3),
            exc_info=run.cause,
        )
        self.state = replace(self.state, failures=failures, error=run.error)

    def _set(self, metric: str, value: float) -> None:
        self._families[metric].set((self._job.name,), value)


def _time(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
