"""Judges at work, every two minutes."""

from watchkeeper.analyzer.parts import Parts
from watchkeeper.analyzer.schedule.job import Job, every

_INTERVAL_SECONDS = 120.0
# New answers are begun for a minute; what was begun has the rest.
_DEADLINE_SECONDS = 115.0


def judge_jobs(parts: Parts) -> tuple[Job, ...]:
    """Return the job; none while watchkeeper.yml has no evaluators."""
    if parts.judges is None:
        return ()
    run = parts.judges.evaluation.run
    return (Job(name="judges", schedule=every(_INTERVAL_SECONDS), deadline_seconds=_DEADLINE_SECONDS, run=run),)
