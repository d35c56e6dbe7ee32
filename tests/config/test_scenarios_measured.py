"""What bench/scenarios.py rests on: waiting that takes no time, and is in what is counted all the same."""

import asyncio
import time
from statistics import mean

from scenarios import groups
from scenarios_measured.virtual_time import GivingUp, run_in_virtual_time
from tests.unit.demo.support import Played, converse_all

from watchkeeper.demo.scenarios import SCENARIOS, scenario_named

CONVERSATIONS = 8
HOURS = 5 * 3_600


def played(name: str) -> Played:
    """A few conversations of a scenario."""
    scenario = scenario_named(name)
    assert scenario is not None
    return run_in_virtual_time(converse_all(scenario, CONVERSATIONS, GivingUp))


def seconds(of: Played) -> list[float]:
    """How long each call of a model took."""
    spans = (span for span in of.spans if span.name.startswith("chat "))
    return [(span.end_time - span.start_time) / 1e9 for span in spans if span.end_time and span.start_time]


async def slept() -> tuple[float, float]:
    """The time of the loop before and after hours of waiting, some of it side by side."""
    loop = asyncio.get_running_loop()
    before = loop.time()
    await asyncio.gather(asyncio.sleep(HOURS), asyncio.sleep(60))
    return before, loop.time()


def test_hours_of_waiting_pass_in_no_time() -> None:
    """What waits side by side waits once."""
    began = time.monotonic()

    before, after = run_in_virtual_time(slept())

    assert abs(after - before - HOURS) < 1
    assert time.monotonic() - began < 60


async def in_a_thread() -> float:
    """The time of the loop after work in a thread, while something else is due."""
    waiting = asyncio.create_task(asyncio.sleep(HOURS))
    await asyncio.to_thread(time.sleep, 0.05)
    now = asyncio.get_running_loop().time()
    waiting.cancel()
    return now


def test_work_in_a_thread_takes_no_virtual_time() -> None:
    """What it takes in real time depends on the machine."""
    assert run_in_virtual_time(in_a_thread()) < 1


def test_a_slow_model_server_is_slow_in_what_the_spans_say() -> None:
    """Forty times, as the scenario says; and no span is of the future."""
    usual, slow = played("steady"), played("slow")

    assert 0.3 < mean(seconds(usual)) < 3
    assert 30 < mean(seconds(slow)) / mean(seconds(usual)) < 50
    assert max(span.end_time or 0 for span in slow.spans) < time.time_ns()


def test_a_client_that_gives_up_does_so_in_virtual_time() -> None:
    """A third of the calls hang; none takes longer than what the scenario allows."""
    timeouts = played("timeouts")

    assert timeouts.statuses()["openai.APITimeoutError"] >= 1
    assert 7.9 < max(seconds(timeouts)) < 8.1


def test_every_scenario_is_played_once() -> None:
    """Those that another would hide, or that need another past, alone."""
    names = [one.name for group in groups() for one in group]

    assert sorted(names) == sorted(one.name for one in SCENARIOS)
    assert all(len(group) == 1 for group in groups() if group[0].name in {"silent", "model-flood"})
