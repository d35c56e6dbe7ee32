"""What judges may spend in a day."""

import asyncio
from decimal import Decimal
from pathlib import Path

import httpx
import pytest
from tests.support.fake_model import FakeModel
from tests.support.judges import grading, judging, make_evaluator, make_judges, make_line, spend

from watchkeeper.analyzer.judge.budget import BudgetSpentError, DailyBudget
from watchkeeper.analyzer.notes.notes import MemoryNotes, open_notes
from watchkeeper.metrics.catalogue import METRICS
from watchkeeper.metrics.store import MetricStore

CENT = Decimal("0.01")
DAY = 86_400.0


def budget(limit: str = "0.05", clock: float = 0.0, notes: MemoryNotes | None = None) -> DailyBudget:
    """A cap of so many dollars at that time."""
    return DailyBudget(Decimal(limit), notes or MemoryNotes(), MetricStore(METRICS), lambda: clock)


async def test_it_stops_at_the_cent() -> None:
    """Five calls of a cent fit into five cents, and a sixth does not."""
    capped = budget()
    for _ in range(5):
        await spend(capped, CENT)

    with pytest.raises(BudgetSpentError, match=r"spent 0.0500 of 0.05 US dollars today, and a call may cost 0.0100"):
        await spend(capped, CENT)

    assert await capped.spent() == Decimal("0.05")


async def test_a_process_that_begins_shows_what_was_spent_today() -> None:
    """Also before it asks a judge; the day after that is nothing."""
    notes, store = MemoryNotes(), MetricStore(METRICS)
    await spend(budget(notes=notes), CENT)
    shown = store.families["llm_judge_spend_dollars"].series

    await DailyBudget(CENT, notes, store, lambda: 60.0).spent()
    today = shown[()].value
    await DailyBudget(CENT, notes, store, lambda: DAY).spent()

    assert (today, shown[()].value) == (0.01, 0)


async def test_calls_side_by_side_do_not_exceed_it() -> None:
    """Each reserves before it asks."""
    capped = budget()

    found = await asyncio.gather(*(spend(capped, CENT) for _ in range(50)), return_exceptions=True)

    assert sum(one is None for one in found) == 5
    assert await capped.spent() == Decimal("0.05")


async def test_what_a_call_did_not_need_is_given_back() -> None:
    """And what it needs more than it said counts, too."""
    capped = budget()
    async with capped.reserved(CENT) as reservation:
        reservation.usd = Decimal("0.001")
    less = await capped.spent()
    async with capped.reserved(CENT) as reservation:
        reservation.usd = Decimal("0.02")

    assert less == Decimal("0.001")
    assert await capped.spent() == Decimal("0.021")


async def test_a_call_that_dies_has_cost_all_that_it_reserved() -> None:
    """Whether it is on the bill, no one knows."""
    capped = budget()

    with pytest.raises(ZeroDivisionError):
        async with capped.reserved(CENT):
            raise ZeroDivisionError

    assert await capped.spent() == CENT


async def test_a_new_day_begins_at_nothing_and_a_restart_does_not(tmp_path: Path) -> None:
    """Or every restart would allow the cap once more."""
    url = f"sqlite:///{tmp_path}/state.sqlite"
    store = MetricStore(METRICS)
    await spend(DailyBudget(CENT, open_notes(url), store, lambda: DAY), CENT)

    with pytest.raises(BudgetSpentError):
        await spend(DailyBudget(CENT, open_notes(url), store, lambda: DAY + 5), CENT)
    await spend(DailyBudget(CENT, open_notes(url), store, lambda: 2 * DAY), CENT)


async def test_judges_stop_at_their_cap_to_the_cent(fake: FakeModel, client: httpx.AsyncClient) -> None:
    """Every answer costs a cent: with five cents five are scored, the rest is counted, and nothing more is asked."""
    fake.respond, fake.output_tokens = grading(lambda _prompt: 5), 1000
    evaluator = make_evaluator(judges=[{"model": "gpt"}])
    store = MetricStore(METRICS)
    judges = make_judges(judging(fake.address, evaluator, limit="0.05"), client, store, exporter=fake.address)
    now = int(1e9) * int(asyncio.get_running_loop().time())
    judges.evaluation._clock = lambda: now / 1e9
    fake.lines["llm_call_completed"] = [
        {**make_line(span_id=f"{n:016x}"), "at_ns": now - 60 * 10**9 + n} for n in range(20)
    ]

    await judges.evaluation.run()

    asked = [one for one in fake.received if one.path == "/v1/chat/completions"]
    events = [event for one in fake.received if one.path == "/v1/events" for event in one.body]
    assert len(asked) == 5
    assert [event["type"] for event in events].count("score") == 5
    assert store.families["llm_judge_spend_dollars"].series[()].value == 0.05
    assert store.families["llm_judge_skipped_total"].series["helpful", "budget"].value == 15
