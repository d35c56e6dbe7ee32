"""Scores of Langfuse, every two minutes: a job for each project, so that one that hangs holds up no other."""

from watchkeeper.analyzer.parts import Parts
from watchkeeper.analyzer.schedule.job import Job, every

_INTERVAL_SECONDS = 120.0
# New pages are begun for a minute; what was begun has the rest.
_DEADLINE_SECONDS = 115.0


def langfuse_jobs(parts: Parts) -> tuple[Job, ...]:
    """Return the jobs; none while no project in watchkeeper.yml has a key."""
    return tuple(
        Job(
            name=f"langfuse_scores_{name}",
            schedule=every(_INTERVAL_SECONDS),
            deadline_seconds=_DEADLINE_SECONDS,
            run=reading.run,
        )
        for name, reading in parts.langfuse.items()
    )
