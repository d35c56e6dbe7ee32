"""Jobs beside each other: whatever one does, the others run by their schedules; all of it is reported."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from structlog.testing import capture_logs
from tests.support.jobs import (
    Behaviour,
    Blocking,
    Cancelling,
    FailingInThread,
    Hanging,
    Raising,
    Refusing,
    Stubborn,
    job,
    until,
)

from watchkeeper.analyzer.schedule import runner as runner_module
from watchkeeper.analyzer.schedule import scheduler as module
from watchkeeper.analyzer.schedule.job import Job
from watchkeeper.analyzer.schedule.scheduler import JobScheduler
from watchkeeper.metrics.catalogue import METRICS
from watchkeeper.metrics.store import MetricStore

SOON = 0.02


class Bench:
    """Started jobs, their numbers and a clock that a test moves."""

    def __init__(self, *jobs: Job) -> None:
        self.store = MetricStore(METRICS)
        self.now = 1_000_000.0
        self.scheduler = JobScheduler(jobs, self.store, lambda: self.now)

    def value(self, metric: str, *labels: str) -> float | None:
        """One sample; None when there is none."""
        series = self.store.families[f"watchkeeper_job_{metric}"].series.get(labels)
        return None if series is None else float(series.value)

    def outcomes(self, name: str = "tried") -> set[tuple[str, str]]:
        """How runs of a job ended so far, with the kinds of errors."""
        return {labels[1:] for labels in self.store.families["watchkeeper_job_runs_total"].series if labels[0] == name}

    def missed(self, name: str = "tried") -> float | None:
        """The runs without success that a scrape finds."""
        self.scheduler.refresh()
        return self.value("runs_without_success", name)

    def described(self, name: str = "tried") -> dict[str, Any]:
        """What /health shows of a job."""
        reported: dict[str, Any] = self.scheduler.describe()[name]
        return reported


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing waits long: not the first run, not the next one after a failure, not what is cancelled."""
    monkeypatch.setattr(module, "_FIRST_RUN_SECONDS", SOON)
    monkeypatch.setattr(module, "retry_seconds", lambda _failures, _interval: SOON)
    monkeypatch.setattr(runner_module, "_LAST_SECONDS", 0.05)


@asynccontextmanager
async def running(*jobs: Job) -> AsyncIterator[Bench]:
    """Start the jobs, and stop them at the end."""
    bench = Bench(*jobs)
    bench.scheduler.start()
    try:
        yield bench
    finally:
        await bench.scheduler.stop()


@pytest.mark.parametrize(
    ("make", "outcome"),
    [
        (Raising, ("error", "ValueError")),
        (Refusing, ("error", "JobError")),
        (Cancelling, ("error", "CancelledError")),
        (FailingInThread, ("error", "KeyError")),
        (Hanging, ("timeout", "timeout")),
        (Blocking, ("timeout", "timeout")),
        (Stubborn, ("timeout", "timeout")),
    ],
    ids=[
        "raises",
        "refuses",
        "cancels itself",
        "raises in a thread",
        "hangs",
        "blocks a thread",
        "cannot be cancelled",
    ],
)
async def test_no_job_stops_another(make: Callable[[], Behaviour], outcome: tuple[str, str]) -> None:
    """The bad one fails again and again, each time as it should; the good one succeeds all the time."""
    bad, good = make(), Behaviour()
    async with running(job(bad, seconds=SOON, deadline_seconds=SOON), job(good, "good", seconds=SOON)) as bench:
        await until(lambda: outcome in bench.outcomes() and bench.described()["consecutive_failures"] >= 2)
        before = good.runs
        await until(lambda: good.runs >= before + 3)

        reported = bench.described()
        bad.release()

    assert bench.outcomes("good") - {("skipped", "")} == {("ok", "")}
    assert (reported["status"], reported["last_success"]) == ("failing", None)
    assert reported["error"]
    assert bench.described("good")["status"] == "ok"


@pytest.mark.parametrize("make", [Blocking, Stubborn], ids=["a thread", "a task"])
async def test_what_a_run_left_behind_keeps_the_next_one_from_starting(make: Callable[[], Behaviour]) -> None:
    """/health says so; when it has ended the job runs again."""
    left = make()
    async with running(job(left, seconds=SOON, deadline_seconds=SOON)) as bench:
        await until(lambda: ("blocked", "blocked") in bench.outcomes())
        reported, runs = bench.described(), left.runs
        left.release()
        await until(lambda: bench.described()["status"] == "ok")

    assert runs == 1
    assert reported["is_running"]
    assert "of an earlier run still works" in reported["error"]


async def test_a_job_that_is_still_within_its_deadline_is_not_started_twice() -> None:
    """Its next run is skipped, which is counted and is no failure."""
    slow = Hanging()
    async with running(job(slow, seconds=SOON, deadline_seconds=60)) as bench:
        await until(lambda: ("skipped", "") in bench.outcomes())
        reported = bench.described()

    assert slow.runs == 1
    assert (reported["consecutive_failures"], reported["is_running"]) == (0, True)
    assert bench.value("last_duration_seconds", "tried") is None


async def test_a_success_is_reported_with_its_time_and_duration() -> None:
    """As metrics and on /health."""
    async with running(job(Behaviour(), seconds=SOON)) as bench:
        before = bench.value("last_success_timestamp_seconds", "tried")
        await until(lambda: ("ok", "") in bench.outcomes())
        reported = bench.described()

    duration = bench.value("last_duration_seconds", "tried")
    assert before is None
    assert bench.value("last_success_timestamp_seconds", "tried") == bench.now
    assert duration is not None
    assert duration >= 0
    assert reported["last_success"] == "1970-01-12T13:46:40+00:00"
    assert reported["error"] == ""
    assert reported["next_run"] is not None


async def test_a_failure_is_one_line_each_and_so_is_its_end() -> None:
    """With what is known of it, and where it failed when no one foresaw it; success is no line."""
    fails = Raising()
    with capture_logs() as lines:
        async with running(job(fails, seconds=SOON)) as bench:
            await until(lambda: fails.runs >= 2)
            fails.act = Behaviour().act  # type: ignore[method-assign]  # from now on it succeeds
            await until(lambda: bench.described()["status"] == "ok")
            runs = fails.runs
            await until(lambda: fails.runs > runs)

    failed = [line for line in lines if line["event"] == "job_failed"]
    (recovered,) = [line for line in lines if line["event"] == "job_recovered"]
    assert [line["failures"] for line in failed] == list(range(1, len(failed) + 1))
    assert {(line["job_name"], line["error"], line["log_level"]) for line in failed} == {
        ("tried", "ValueError", "warning")
    }
    assert isinstance(failed[0]["exc_info"], ValueError)
    assert recovered["failures"] == len(failed)


async def test_runs_without_success_are_those_that_failed_or_those_that_did_not_come() -> None:
    """Also a job that is never started is seen, and a success ends it."""
    never = Behaviour()
    bench = Bench(job(never, seconds=60, deadline_seconds=10))
    assert bench.missed() == 0

    bench.now += 200
    due = bench.missed()
    bench.scheduler.start()
    await until(lambda: never.runs)
    await until(lambda: bench.described()["status"] == "ok")
    after = bench.missed()
    await bench.scheduler.stop()

    assert (due, after) == (3, 0)


async def test_failures_count_as_runs_without_success() -> None:
    """Also before their schedule would have brought them."""
    fails = Refusing()
    async with running(job(fails, seconds=SOON, deadline_seconds=3600)) as bench:
        await until(lambda: bench.described()["consecutive_failures"] >= 3)

        missed = bench.missed()

    assert missed is not None
    assert missed >= 3


async def test_a_job_that_fails_waits_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next run is planned by the failures in a row and the interval, not by the schedule."""
    asked = []

    def much_later(failures: int, interval: float) -> float:
        asked.append((failures, interval))
        return 9000.0

    monkeypatch.setattr(module, "retry_seconds", much_later)
    fails = Refusing()
    async with running(job(fails, seconds=SOON)) as bench:
        first = bench.described()["next_run"]
        await until(lambda: asked)
        await until(lambda: bench.described()["next_run"] > first)

    assert asked == [(1, SOON)]
    assert fails.runs == 1


async def test_a_stop_ends_what_runs_and_starts_nothing_more() -> None:
    """Cancelled runs are no failures; no task of a job is left."""
    hanging, good = Hanging(), Behaviour()
    bench = Bench(job(hanging, seconds=SOON), job(good, "good", seconds=SOON))
    bench.scheduler.start()
    await until(lambda: hanging.runs and good.runs)

    await bench.scheduler.stop()

    assert hanging.cancelled == 1
    assert not {"tried", "good"} & {task.get_name() for task in asyncio.all_tasks()}
    assert [bench.described(name)["next_run"] for name in ("tried", "good")] == [None, None]
    assert bench.outcomes() <= {("skipped", "")}
