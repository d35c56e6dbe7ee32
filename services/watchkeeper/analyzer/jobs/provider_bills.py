"""The bills of providers beside the estimate, every hour; each is a job of its own: none holds up another."""

from watchkeeper.analyzer.parts import Parts
from watchkeeper.analyzer.schedule.job import Job, every

_INTERVAL_SECONDS = 3600.0
# Twice as long as anything new is begun, and the last answer.
_DEADLINE_SECONDS = 170.0


def provider_bill_jobs(parts: Parts) -> tuple[Job, ...]:
    """Return the jobs; none while no bill is in watchkeeper.yml."""
    return tuple(
        Job(
            name=f"provider_bill_{provider}",
            schedule=every(_INTERVAL_SECONDS),
            deadline_seconds=_DEADLINE_SECONDS,
            run=reading.run,
        )
        for provider, reading in parts.bills.items()
    )
