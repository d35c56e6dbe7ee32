"""A run ends in one of a few ways, whatever the job does, and says which."""

import asyncio
import threading
import time
from collections.abc import Iterator

import pytest
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

from watchkeeper.analyzer.schedule import runner as module
from watchkeeper.analyzer.schedule.runner import Runner
from watchkeeper.analyzer.schedule.state import Outcome, Run
from watchkeeper.analyzer.schedule.threads import in_thread

DEADLINE = 0.05


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is cancelled has hardly any time to clean up."""
    monkeypatch.setattr(module, "_LAST_SECONDS", 0.05)


@pytest.fixture
def blocking() -> Iterator[Blocking]:
    """A job whose thread is released at the end of the test."""
    behaviour = Blocking()
    yield behaviour
    behaviour.release()


async def run_of(runner: Runner) -> Run:
    """The run, which no one stopped."""
    run = await runner.run()
    assert run is not None
    return run


@pytest.mark.parametrize(
    ("behaviour", "outcome", "error_type", "error"),
    [
        (Behaviour(), Outcome.OK, "", ""),
        (Raising(), Outcome.ERROR, "ValueError", "ValueError"),
        (Refusing(), Outcome.ERROR, "JobError", "loki: answers 503"),
        (Cancelling(), Outcome.ERROR, "CancelledError", "CancelledError"),
        (FailingInThread(), Outcome.ERROR, "KeyError", "KeyError"),
        (Hanging(), Outcome.TIMEOUT, "timeout", "exceeded its deadline of 0.05 s"),
    ],
    ids=["succeeds", "raises", "refuses", "cancels itself", "raises in a thread", "hangs"],
)
async def test_a_run_says_how_it_ended(behaviour: Behaviour, outcome: str, error_type: str, error: str) -> None:
    """The text is ours or none; nothing of the run is left, and the next one starts."""
    runner = Runner(job(behaviour, deadline_seconds=DEADLINE))

    run = await run_of(runner)

    assert (run.outcome, run.error_type, run.error) == (outcome, error_type, error)
    await until(lambda: not runner.is_alive)
    assert (await run_of(runner)).outcome is outcome
    assert behaviour.runs == 2


async def test_what_cannot_even_be_awaited_is_an_error() -> None:
    """A job that raises before its first await fails like any other."""

    def broken() -> None:
        raise KeyError("x")

    assert (await run_of(Runner(job(broken)))).error_type == "KeyError"


async def test_a_foreign_error_is_kept_for_the_line_and_ours_is_not() -> None:
    """Where it failed is worth a line when no one foresaw it."""
    raised, refused = await run_of(Runner(job(Raising()))), await run_of(Runner(job(Refusing())))

    assert isinstance(raised.cause, ValueError)
    assert refused.cause is None


async def test_a_thread_that_outlives_its_deadline_keeps_the_next_run_from_starting(blocking: Blocking) -> None:
    """The run has failed; the next one is blocked and says by what, until the thread has ended."""
    runner = Runner(job(blocking, deadline_seconds=DEADLINE))

    late, blocked = await run_of(runner), await run_of(runner)

    assert late.outcome is Outcome.TIMEOUT
    assert (blocked.outcome, blocked.error) == (Outcome.BLOCKED, "a thread of an earlier run still works")
    assert blocking.runs == 1
    blocking.release()
    await until(lambda: not runner.is_alive)
    assert (await run_of(runner)).outcome is Outcome.OK


async def test_a_task_that_cannot_be_cancelled_keeps_the_next_run_from_starting() -> None:
    """The caller goes on after the deadline all the same."""
    stubborn = Stubborn()
    runner = Runner(job(stubborn, deadline_seconds=DEADLINE))

    late, blocked = await run_of(runner), await run_of(runner)
    stubborn.release()

    assert late.outcome is Outcome.TIMEOUT
    assert (blocked.outcome, blocked.error) == (Outcome.BLOCKED, "a task of an earlier run still works")
    assert stubborn.runs == 1
    await until(lambda: not runner.is_alive)


async def test_a_late_run_took_as_long_as_its_deadline() -> None:
    """The duration is what it took, not what it would have taken."""
    run = await run_of(Runner(job(Hanging(), deadline_seconds=DEADLINE)))

    assert DEADLINE <= run.duration_seconds < 5


async def test_a_stop_cancels_what_runs_and_is_no_failure() -> None:
    """The job can clean up; nothing is reported."""
    hanging = Hanging()
    runner = Runner(job(hanging))
    running = asyncio.create_task(runner.run())
    await until(lambda: hanging.runs)

    await runner.stop()

    assert await running is None
    assert hanging.cancelled == 1


async def test_a_stop_does_not_wait_for_a_thread(blocking: Blocking) -> None:
    """Nothing can end it, so the process ends without it."""
    runner = Runner(job(blocking))
    running = asyncio.create_task(runner.run())
    await until(lambda: blocking.runs)
    started = time.monotonic()

    await runner.stop()

    assert await running is None
    assert time.monotonic() - started < 4
    assert all(thread.daemon for thread in threading.enumerate() if thread.name == "job")


async def test_a_stop_before_the_first_run_is_nothing() -> None:
    """There is nothing to cancel."""
    runner = Runner(job(Behaviour()))

    await runner.stop()

    assert not runner.is_alive


async def test_a_thread_gives_its_result_and_knows_whose_it_is() -> None:
    """What is bound to the lines of the task is bound in the thread."""
    from contextvars import ContextVar

    bound: ContextVar[str] = ContextVar("bound")
    bound.set("mine")

    assert await in_thread(bound.get) == "mine"
