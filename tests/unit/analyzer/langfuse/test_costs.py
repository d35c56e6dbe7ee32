"""What Langfuse says that calls cost, beside what was counted here: the same calls, and why the two differ."""

from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.support.fake_model import FakeModel
from tests.support.langfuse_api import KEYS, FakeLangfuse, fake_langfuse, observation

from watchkeeper.analyzer.endpoints.patience import Patience
from watchkeeper.analyzer.langfuse.api import COSTS, PagedApi
from watchkeeper.analyzer.langfuse.calls_here import CallsHere
from watchkeeper.analyzer.langfuse.cost import difference_of, read_cost
from watchkeeper.analyzer.langfuse.cost_comparison import CostComparison
from watchkeeper.analyzer.langfuse.progress import ProgressNotes
from watchkeeper.analyzer.langfuse.reading import Pace, Reading
from watchkeeper.analyzer.langfuse.report import LangfuseReport
from watchkeeper.analyzer.notes.notes import MemoryNotes
from watchkeeper.config.langfuse_projects import LangfuseProject
from watchkeeper.engines.fact_lines import FactLine
from watchkeeper.errors import JobError
from watchkeeper.metrics.catalogue import METRICS
from watchkeeper.metrics.store import MetricStore

NOW = 1_796_000_000.0
MINUTE = 60.0
ANTHROPIC = {"input": 700, "cache_read_input_tokens": 200, "cache_creation_input_tokens": 100, "output": 100}
REASONING = {"input": 800, "input_cached_tokens": 200, "output": 60, "output_reasoning_tokens": 40}


@pytest.fixture
def langfuse() -> Iterator[FakeLangfuse]:
    """One project."""
    with fake_langfuse() as running:
        yield running


class Comparison:
    """The costs of the project ``support``, compared as the analyzer does; ``fake`` is the Loki."""

    def __init__(self, langfuse: FakeLangfuse, fake: FakeModel, folder: Path) -> None:
        (folder / "key").write_text(KEYS)
        self.now = NOW
        self.store = MetricStore(METRICS)
        self.client = httpx.AsyncClient(trust_env=False)
        self.loki = httpx.Client(trust_env=False)
        self.notes = MemoryNotes()
        self._built = lambda: self._build(langfuse, fake.address, folder)
        self.reading = self._built()

    def restart(self) -> None:
        """Another process with the same notes and numbers."""
        self.reading = self._built()

    def _build(self, langfuse: FakeLangfuse, loki: str, folder: Path) -> Reading:
        report = LangfuseReport("support", self.store, lambda: self.now)
        project = LangfuseProject(name="support", url=langfuse.address, key_file=Path("key"))
        return Reading(
            Pace(signal="costs", settled_seconds=20 * MINUTE, overlap_seconds=0.0),
            PagedApi(project, self.client, folder, COSTS),
            CostComparison(CallsHere(self.loki, loki), report),
            notes=ProgressNotes(self.notes, "costs of support"),
            report=report,
            patience=Patience("Langfuse", lambda: self.now),
            clock=lambda: self.now,
        )

    async def run(self, later: float = 0.0) -> None:
        """Run once, so many seconds later."""
        self.now += later
        await self.reading.run()

    def number(self, metric: str, *labels: str) -> float:
        """The value of a counter of the project."""
        series = self.store.families[f"watchkeeper_langfuse_{metric}_total"].series.get(("support", *labels))
        return 0 if series is None else float(series.value)

    def sums(self, model: str = "gpt-4o-mini") -> tuple[float, float]:
        """What Langfuse and this stack say, rounded to a thousandth of a cent."""
        langfuse, ours = (self.number("cost_dollars", model, source) for source in ("langfuse", "watchkeeper"))
        return round(langfuse, 5), round(ours, 5)


@pytest.fixture
async def comparison(langfuse: FakeLangfuse, fake: FakeModel, tmp_path: Path) -> AsyncIterator[Comparison]:
    """One that has run, so that what comes from now on is compared."""
    made = Comparison(langfuse, fake, tmp_path)
    await made.run()
    yield made
    await made.client.aclose()
    made.loki.close()


def call(number: int, minutes: float = 1.0, **more: Any) -> dict[str, Any]:
    """A call that began so many minutes after the first run, and cost a dollar."""
    return observation(number, NOW - 20 * MINUTE + minutes * MINUTE, **more)


def line(one: dict[str, Any], **more: Any) -> dict[str, Any]:
    """What was counted here of the same call, on its line."""
    return {
        "at_ns": int((one["at"] + 3) * 1e9),
        "event": "llm_call_completed",
        "happened_at": "2026-11-29T12:00:00Z",
        "trace_id": one["traceId"],
        "span_id": one["id"],
        "model": "gpt-4o-mini",
        "model_requested": "gpt-4o-mini",
        "input_tokens": 1000,
        "cached_input_tokens": 200,
        "output_tokens": 100,
        "cost_usd": "1.0",
        **more,
    }


async def test_both_sums_are_of_the_same_calls(langfuse: FakeLangfuse, fake: FakeModel, comparison: Comparison) -> None:
    """What only one of the two systems has is in neither, whatever it cost; how much that is is counted."""
    calls = [call(number) for number in range(8)]
    langfuse.observations = [*calls, call(90, type="EMBEDDING"), call(91, endTime=None)]
    fake.lines["llm_call_completed"] = [line(one, cost_usd="0.75") for one in calls[:6]]
    fake.lines["llm_call_completed"].append(line(call(80), cost_usd="500"))

    await comparison.run(later=5 * MINUTE)

    assert comparison.sums() == (6.0, 4.5)
    assert comparison.number("compared_calls", "compared") == 6
    assert comparison.number("compared_calls", "not_here") == 2
    assert comparison.number("compared_calls", "open") == 1
    assert comparison.number("cost_difference_dollars", "gpt-4o-mini", "price") == pytest.approx(1.5)


async def test_each_call_is_compared_once(langfuse: FakeLangfuse, fake: FakeModel, comparison: Comparison) -> None:
    """Over pages, runs and a restart."""
    calls = [call(number, minutes=number / 500) for number in range(2500)]
    langfuse.observations = calls
    fake.lines["llm_call_completed"] = [line(one) for one in calls]

    await comparison.run(later=3 * MINUTE)
    comparison.restart()
    await comparison.run(later=3 * MINUTE)
    await comparison.run(later=3 * MINUTE)

    assert comparison.sums() == (2500.0, 2500.0)
    assert comparison.number("compared_calls", "compared") == 2500
    assert not comparison.store.families["watchkeeper_langfuse_cost_difference_dollars_total"].series
    assert [sought["limit"] for _, sought in langfuse.asked] == ["1000"] * len(langfuse.asked)


async def test_a_page_that_was_compared_is_not_compared_again_after_loki_was_away(
    langfuse: FakeLangfuse, fake: FakeModel, comparison: Comparison
) -> None:
    """The run goes on at the page that failed."""
    calls = [call(number, minutes=number / 500) for number in range(1500)]
    langfuse.observations = calls
    fake.lines["llm_call_completed"] = [line(one) for one in calls]
    asked = iter(range(100))
    # Of the first page's calls all queries are answered, of the second's the first one is not.
    fake.on_asked = lambda _query: setattr(fake, "loki_status", 503 if next(asked) == 3 else 200)

    with pytest.raises(JobError, match="Loki"):
        await comparison.run(later=4 * MINUTE)
    await comparison.run(later=MINUTE)

    assert comparison.number("compared_calls", "compared") == 1500


async def test_a_server_of_before_version_4_is_compared_too(
    langfuse: FakeLangfuse, fake: FakeModel, comparison: Comparison
) -> None:
    """By its pages, with the model by its other name."""
    calls = [call(number) for number in range(60)]
    langfuse.endpoints, langfuse.observations = ("observations",), calls
    fake.lines["llm_call_completed"] = [line(one) for one in calls]

    await comparison.run(later=5 * MINUTE)

    assert comparison.sums() == (60.0, 60.0)


async def test_models_are_bounded(
    langfuse: FakeLangfuse, fake: FakeModel, comparison: Comparison, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An application that makes up a name for each call has the series of a few; the sums are whole."""
    monkeypatch.setattr("watchkeeper.analyzer.langfuse.report._MOST_MODELS", 3)
    calls = [call(number) for number in range(10)]
    langfuse.observations = calls
    fake.lines["llm_call_completed"] = [line(one, model=f"m-{one['id']}") for one in calls]

    await comparison.run(later=5 * MINUTE)

    series = comparison.store.families["watchkeeper_langfuse_cost_dollars_total"].series
    assert len({labels[1] for labels in series}) == 4
    assert comparison.sums("other") == (7.0, 7.0)


async def test_what_is_no_call_is_counted_and_stops_nothing(
    langfuse: FakeLangfuse, fake: FakeModel, comparison: Comparison
) -> None:
    """Ids that are no ids are looked up by no one."""
    good, hostile = call(1), call(2, traceId='x" or "1', id="<b>")
    langfuse.observations = [good, hostile, {**call(3), "startTime": 7}, call(4, totalCost=1e300)]
    fake.lines["llm_call_completed"] = [line(good)]

    await comparison.run(later=5 * MINUTE)

    assert comparison.sums() == (1.0, 1.0)
    assert comparison.number("compared_calls", "not_here") == 1
    assert comparison.number("compared_calls", "malformed") == 2
    assert not [query for query in fake.asked if "or" in query]


@pytest.mark.parametrize(
    ("there", "here", "expected"),
    [
        pytest.param({}, {}, None, id="the same"),
        pytest.param({}, {"cost_usd": "1.0005"}, None, id="rounded otherwise"),
        pytest.param({"totalCost": "1.0"}, {}, None, id="a number as text"),
        pytest.param({"totalCost": None}, {}, None, id="the sum of the details"),
        pytest.param({"totalCost": 0, "costDetails": {}}, {"cost_usd": None}, None, id="a price on neither side"),
        pytest.param({"totalCost": 0, "costDetails": {}}, {"cost_usd": "0"}, None, id="nothing, and no price"),
        pytest.param({}, {"cost_usd": None}, "unpriced_here", id="no price here"),
        pytest.param({"totalCost": 0, "costDetails": {}}, {}, "unpriced_in_langfuse", id="0 without a price there"),
        pytest.param({"totalCost": None, "costDetails": None}, {}, "unpriced_in_langfuse", id="no cost there"),
        pytest.param({"totalCost": 2}, {}, "price", id="another price"),
        pytest.param({"totalCost": 0, "costDetails": {"total": 0.0}}, {}, "price", id="a price of 0 there"),
        pytest.param({"totalCost": 2}, {"input_tokens": 900}, "tokens", id="another input"),
        pytest.param({"totalCost": 2}, {"output_tokens": 90}, "tokens", id="another output"),
        pytest.param({"totalCost": 2}, {"input_tokens": 800}, "cached_tokens", id="cached tokens beside the whole"),
        pytest.param({"totalCost": 2}, {"cached_input_tokens": None}, "cached_tokens", id="cached tokens unknown here"),
        pytest.param({"totalCost": 2}, {"model": "a", "model_requested": "b"}, "model_name", id="another model"),
        pytest.param({"totalCost": 2}, {"model": "a"}, "price", id="the model that was asked for"),
        pytest.param({"totalCost": 2, "usageDetails": {}}, {"input_tokens": 9}, "price", id="no tokens there"),
        pytest.param(
            {"totalCost": 2, "usageDetails": ANTHROPIC},
            {},
            "price",
            id="Anthropic's names, of which what was written is not read",
        ),
        pytest.param(
            {"totalCost": 2, "usageDetails": REASONING},
            {},
            "price",
            id="reasoning beside the output",
        ),
    ],
)  # fmt: skip
def test_why_two_costs_differ(there: dict[str, Any], here: dict[str, Any], expected: str | None) -> None:
    """The first reason that is found."""
    one = call(1)
    counted = {name: value for name, value in line(one, **here).items() if name != "at_ns"}
    cost = counted["cost_usd"]
    found = read_cost({**one, **there})

    assert found is not None
    assert difference_of(found, FactLine(**{**counted, "cost_usd": cost and Decimal(cost)})) == expected
