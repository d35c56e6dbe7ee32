"""When a job runs, and how many runs it should have had."""

import pytest
from apscheduler.triggers.cron import CronTrigger
from tests.support.jobs import Behaviour

from watchkeeper.analyzer.schedule.job import Job, every
from watchkeeper.analyzer.schedule.scheduler import retry_seconds

HOUR = 3600.0
DAY = 24 * HOUR
# A Friday, 2026-11-27 00:00 UTC.
FRIDAY = 1_795_737_600.0


def scheduled(schedule: object, deadline_seconds: float = 60.0) -> Job:
    """A job with this schedule."""
    return Job(name="a", schedule=schedule, deadline_seconds=deadline_seconds, run=Behaviour())


@pytest.mark.parametrize(
    ("schedule", "seconds"),
    [(every(90), 90), (CronTrigger.from_crontab("15 3 * * *", timezone="UTC"), DAY)],
    ids=["interval", "cron"],
)
def test_the_interval_of_a_schedule(schedule: object, seconds: float) -> None:
    """Of whatever kind the schedule is."""
    assert scheduled(schedule).interval_seconds(FRIDAY) == seconds


@pytest.mark.parametrize(
    ("schedule", "after", "due"),
    [
        (every(HOUR), HOUR, 0),
        (every(HOUR), HOUR + 59, 0),
        (every(HOUR), HOUR + 60, 1),
        (every(HOUR), 3 * HOUR + 60, 3),
        (every(60), 30 * DAY, 100),
        (CronTrigger.from_crontab("0 12 * * mon-fri", timezone="UTC"), 3 * DAY + HOUR, 1),
        (CronTrigger.from_crontab("0 12 * * mon-fri", timezone="UTC"), 3.5 * DAY + HOUR, 2),
    ],
    ids=[
        "one that may still run",
        "one that has a second left",
        "one that must have ended",
        "three",
        "no more than a hundred are counted",
        "none at the weekend",
        "and again on Monday",
    ],
)
def test_runs_that_must_have_ended(schedule: object, after: float, due: int) -> None:
    """A run is due when its deadline is over."""
    assert scheduled(schedule).runs_due(FRIDAY, FRIDAY + after) == due


@pytest.mark.parametrize(
    ("interval", "waits"),
    [
        (10, [10, 20, 40, 80, 160, 300, 300]),
        (60, [60, 120, 240, 300, 300]),
        (HOUR, [60, 120, 240, 480, 960, 1920, 3600, 3600]),
    ],
    ids=["often", "every minute", "every hour"],
)
def test_who_fails_waits_longer_each_time(interval: float, waits: list[float]) -> None:
    """Seldom jobs are tried again soon, frequent ones are held back, and there is an end to it."""
    assert [retry_seconds(failures, interval) for failures in range(1, len(waits) + 1)] == waits
    assert retry_seconds(10_000, interval) == waits[-1]
