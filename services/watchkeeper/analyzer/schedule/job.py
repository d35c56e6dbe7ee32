"""What a job is: a name, when it runs, how long it may take, and what it does."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile

from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.interval import IntervalTrigger

# A job that has missed more is not more broken for it.
_MOST_COUNTED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One job. ``run`` is awaited on every run; what blocks in it goes through ``in_thread``.

    ``schedule`` is a trigger of APScheduler, by interval or by cron. A run that exceeds its deadline is cancelled and
    has failed. ``run`` fails by raising: a JobError where the text is for people, anything else where it is a defect.
    """

    name: str
    schedule: BaseTrigger
    deadline_seconds: float
    run: Callable[[], Awaitable[None]]

    def interval_seconds(self, now: float) -> float:
        """Seconds between its next two runs by its schedule."""
        first, second = islice(_fire_times(self.schedule, now), 2)
        return (second - first).total_seconds()

    def runs_due(self, since: float, now: float) -> int:
        """How many runs its schedule has had after ``since`` that must have ended by ``now``, at most 100."""
        end = _utc(now) - timedelta(seconds=self.deadline_seconds)
        return sum(1 for _ in takewhile(lambda at: at <= end, islice(_fire_times(self.schedule, since), _MOST_COUNTED)))


def every(seconds: float) -> BaseTrigger:
    """Return a schedule with the same interval between any two runs."""
    return IntervalTrigger(seconds=seconds, timezone=UTC)


def _fire_times(schedule: BaseTrigger, since: float) -> Iterator[datetime]:
    at = schedule.get_next_fire_time(_utc(since), _utc(since))
    while at is not None:
        yield at
        at = schedule.get_next_fire_time(at, at)


def _utc(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
