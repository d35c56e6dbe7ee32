"""Canaries and golden queries on their schedules: a job for each, so that one that hangs holds up no other."""

from collections.abc import Awaitable, Callable, Iterator
from typing import TYPE_CHECKING

from watchkeeper.analyzer.parts import Parts
from watchkeeper.analyzer.schedule.job import Job, every
from watchkeeper.errors import JobError

if TYPE_CHECKING:
    from watchkeeper.analyzer.prober.prober import Prober

# Ten repeats, each with two more tries, of a model that answers in some seconds; far less than six hours.
_LONGEST_SECONDS = 600.0
_SHARE_OF_INTERVAL = 0.9


def canary_jobs(parts: Parts) -> tuple[Job, ...]:
    """Return a job for each canary and each search of watchkeeper.yml."""
    if parts.prober is None:
        return ()
    parts.prober.announce()
    return (*_canaries(parts.prober), *_searches(parts.prober))


def _canaries(prober: "Prober") -> Iterator[Job]:
    for name, runner in prober.canaries.items():

        async def run(name: str = name) -> None:
            result = await prober.run_canary(name)
            _complain([f"{one.target}: {one.error}" for one in result.targets if one.error])

        yield _job(f"canary_{name}", runner.canary.every, run)


def _searches(prober: "Prober") -> Iterator[Job]:
    for name, runner in prober.searches.items():

        async def run(name: str = name) -> None:
            result = await prober.run_search(name)
            _complain([one.error for one in result.queries if one.error])

        yield _job(f"search_{name}", runner.search.every, run)


def _job(name: str, interval_seconds: float, run: Callable[[], Awaitable[None]]) -> Job:
    deadline = min(_SHARE_OF_INTERVAL * interval_seconds, _LONGEST_SECONDS)
    return Job(name=name, schedule=every(interval_seconds), deadline_seconds=deadline, run=run)


def _complain(errors: list[str]) -> None:
    """A low score is a result; no answer is a failure, which is tried again sooner."""
    if errors:
        raise JobError("; ".join(dict.fromkeys(errors)))
