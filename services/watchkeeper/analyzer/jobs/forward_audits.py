"""What destinations acknowledged looked for there, every five minutes; each is a job of its own: none holds up another.

A destination that is asked sooner than a quarter of an hour after a delivery is asked more often.
"""

from watchkeeper.analyzer.parts import Parts
from watchkeeper.analyzer.schedule.job import Job, every

_MOST_SECONDS, _LEAST_SECONDS = 300.0, 2.0
# Nothing new is asked after a minute; what was begun has the rest.
_DEADLINE_SECONDS = 115.0


def forward_audit_jobs(parts: Parts) -> tuple[Job, ...]:
    """Return the jobs; none while nothing is forwarded to a destination that can be asked."""
    return tuple(
        Job(
            name=f"forward_audit_{name}",
            schedule=every(min(max(audit.after_seconds / 3, _LEAST_SECONDS), _MOST_SECONDS)),
            deadline_seconds=_DEADLINE_SECONDS,
            run=audit.run,
        )
        for name, audit in parts.audits.items()
    )
