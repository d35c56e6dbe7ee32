"""Scores and verdicts between here and Langfuse, every two minutes, in jobs of each project: none holds up another."""

from collections.abc import Awaitable, Callable

from watchkeeper.analyzer.parts import Parts
from watchkeeper.analyzer.schedule.job import Job, every

_INTERVAL_SECONDS = 120.0
# Nothing new is begun after a minute; what was begun has the rest.
_DEADLINE_SECONDS = 115.0


def langfuse_jobs(parts: Parts) -> tuple[Job, ...]:
    """Return the jobs; none while no project in watchkeeper.yml has a key."""
    if parts.langfuse is None:
        return ()
    readings = (_job(f"langfuse_scores_{name}", one.run) for name, one in parts.langfuse.readings.items())
    writings = (_job(f"langfuse_verdicts_{name}", one.run) for name, one in parts.langfuse.writings.items())
    return (*readings, *writings)


def _job(name: str, run: Callable[[], Awaitable[None]]) -> Job:
    return Job(name=name, schedule=every(_INTERVAL_SECONDS), deadline_seconds=_DEADLINE_SECONDS, run=run)
