"""Scores, observations, verdicts and alerts between here and Langfuse, every two minutes, queues and costs every five.

Each is a job of its own for each project: none holds up another.
"""

from collections.abc import Awaitable, Callable

from watchkeeper.analyzer.parts import Parts
from watchkeeper.analyzer.schedule.job import Job, every

_INTERVAL_SECONDS = 120.0
_RARELY_SECONDS = 300.0
# Nothing new is begun after a minute; what was begun has the rest.
_DEADLINE_SECONDS = 115.0


def langfuse_jobs(parts: Parts) -> tuple[Job, ...]:
    """Return the jobs; none while no project in watchkeeper.yml has a key."""
    if parts.langfuse is None:
        return ()
    scores = (_job(f"langfuse_scores_{name}", one.run) for name, one in parts.langfuse.scores.items())
    observations = (_job(f"langfuse_observations_{name}", one.run) for name, one in parts.langfuse.observations.items())
    writings = (_job(f"langfuse_verdicts_{name}", one.run) for name, one in parts.langfuse.writings.items())
    alerts = (_job(f"langfuse_alerts_{name}", one.run) for name, one in parts.langfuse.alerts.items())
    queues = (_job(f"langfuse_queues_{name}", one.run, _RARELY_SECONDS) for name, one in parts.langfuse.queues.items())
    costs = (_job(f"langfuse_costs_{name}", one.run, _RARELY_SECONDS) for name, one in parts.langfuse.costs.items())
    return (*scores, *observations, *costs, *queues, *writings, *alerts)


def _job(name: str, run: Callable[[], Awaitable[None]], seconds: float = _INTERVAL_SECONDS) -> Job:
    return Job(name=name, schedule=every(seconds), deadline_seconds=_DEADLINE_SECONDS, run=run)
