"""Bills read over real HTTP from stand-ins, beside a Prometheus that knows what calls cost."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs
from tests.support.bill_servers import (
    KEY,
    OPENAI,
    BillServer,
    anthropic_line,
    bill_server,
    openai_line,
    openrouter_line,
)

from watchkeeper.analyzer.bills.bill_api import BillApi
from watchkeeper.analyzer.bills.estimate import Estimates
from watchkeeper.analyzer.bills.reading import BillReading
from watchkeeper.analyzer.bills.report import BillReport
from watchkeeper.analyzer.endpoints.patience import Patience
from watchkeeper.config.provider_bills import BillingProvider, ProviderBill
from watchkeeper.errors import JobError
from watchkeeper.metrics.catalogue import METRICS
from watchkeeper.metrics.store import MetricStore

# 2026-11-20 at 12:00 in UTC: the last day that was over for two days is the 17th.
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp()
FINAL = date(2026, 11, 17)


@dataclass
class Prometheus:
    """Knows what calls cost by day, service, provider and model, from its first day on."""

    usd: dict[tuple[date, str, str, str], str] = field(default_factory=dict)
    unpriced: dict[tuple[date, str, str], int] = field(default_factory=dict)
    first: date = date(2026, 11, 1)
    queries: int = 0
    is_away: bool = False

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer a query."""
        if self.is_away:
            raise httpx.ConnectError("refused")
        self.queries += 1
        form = dict(httpx.QueryParams(request.content.decode()))
        at = datetime.fromtimestamp(float(form["time"]), UTC)
        if form["query"] == "count(up)":
            return self._vector([({}, "1")] if at.date() >= self.first else [])
        assert "[86400000ms] anchored" in form["query"]
        day = (at - timedelta(days=1)).date()
        if "unpriced" in form["query"]:
            found = {key: str(calls) for key, calls in self.unpriced.items()}
            return self._vector(
                [({"provider": p, "model": m}, calls) for (one, p, m), calls in found.items() if one == day]
            )
        costs = [(key[1:], usd) for key, usd in self.usd.items() if key[0] == day]
        return self._vector([({"service": s, "provider": p, "model": m}, usd) for (s, p, m), usd in costs])

    @staticmethod
    def _vector(series: list[tuple[dict[str, str], str]]) -> httpx.Response:
        result = [{"metric": labels, "value": [NOW, value]} for labels, value in series]
        return httpx.Response(200, json={"status": "success", "data": {"resultType": "vector", "result": result}})


@dataclass
class Case:
    """One bill with its two sides."""

    server: BillServer
    prometheus: Prometheus
    store: MetricStore
    client: httpx.AsyncClient
    folder: Path
    now: float = NOW
    logged: list[dict[str, Any]] = field(default_factory=list)

    def reading(self, provider: BillingProvider, **more: Any) -> BillReading:
        """What reads it, as the analyzer builds it."""
        bill = ProviderBill(provider=provider, key_file=Path("key"), url=self.server.url, **more)
        return BillReading(
            bill,
            BillApi(bill, self.client, self.folder),
            Estimates(httpx.Client(transport=httpx.MockTransport(self.prometheus)), "http://prometheus"),
            report=BillReport(provider, self.store),
            patience=Patience(provider, lambda: self.now, self._no_pause),
            clock=lambda: self.now,
        )

    async def run(self, reading: BillReading) -> None:
        """Run once, and keep what is logged."""
        with capture_logs() as lines:
            await reading.run()
        self.logged = [line for line in lines if line["event"] == "provider_bill_compared"]

    async def _no_pause(self, seconds: float) -> None:
        self.now += seconds

    def shown(self, side: str, period: str) -> dict[str, float]:
        """Dollars of a side by model."""
        series = self.store.families[f"llm_billed_{side}"].series
        return {model: float(one.value) for (_, model, of), one in series.items() if of == period}

    def explained(self) -> str:
        """The line that says what differs."""
        ((_, text),) = self.store.families["llm_billed_difference_info"].series
        return text

    def counted(self, name: str) -> dict[str, float]:
        """A counter by its outcome."""
        return {key[-1]: float(one.value) for key, one in self.store.families[name].series.items()}


@pytest.fixture
def case(tmp_path: Path, client: httpx.AsyncClient) -> Iterator[Case]:
    """A server with the right key."""
    (tmp_path / "key").write_text(f"{KEY}\n")
    with bill_server() as server:
        yield Case(server=server, prometheus=Prometheus(), store=MetricStore(METRICS), client=client, folder=tmp_path)


def fill(case: Case, days: int = 17) -> None:
    """Bill 10 and 3 dollars for two models of OpenAI on each day of the month, and estimate the same."""
    for number in range(1, days + 1):
        day = date(2026, 11, number)
        case.server.lines[day] = [
            openai_line("4.25", "gpt-4o-2024-08-06, input"),
            openai_line("5.75", "gpt-4o-2024-08-06, output"),
            openai_line("3", "gpt-5.6-luna, input"),
        ]
        case.prometheus.usd[day, "shop", "openai", "gpt-4o-2024-08-06"] = "6.5"
        case.prometheus.usd[day, "bot", "openai", "gpt-4o"] = "3.5"
        case.prometheus.usd[day, "bot", "openai", "gpt-5.6-luna"] = "3"
        case.prometheus.usd[day, "bot", "anthropic", "claude-opus-5"] = "99"


async def test_both_sides_of_the_last_final_day_and_of_its_month(case: Case) -> None:
    """By the name both have; other providers are in another bill, and the month is read in pages of a week."""
    fill(case)

    await case.run(case.reading("openai"))

    assert case.shown("dollars", "day") == {"gpt-4o": 10.0, "gpt-5.6-luna": 3.0}
    assert case.shown("estimate_dollars", "day") == {"gpt-4o": 10.0, "gpt-5.6-luna": 3.0}
    assert case.shown("dollars", "month") == {"gpt-4o": 170.0, "gpt-5.6-luna": 51.0}
    (day,) = case.store.families["llm_billed_day_timestamp_seconds"].series.values()
    assert day.value == datetime(2026, 11, 17, tzinfo=UTC).timestamp()
    assert case.explained() == (
        "2026-11-17: billed $13.00, estimated $13.00. Month to date (17 days): billed $221.00, estimated $221.00."
    )
    assert [path for path, _ in case.server.asked] == [OPENAI] * 3
    assert case.server.asked[0][1]["start_time"] == str(round(datetime(2026, 11, 1, tzinfo=UTC).timestamp()))
    assert case.counted("watchkeeper_bill_requests_total") == {"ok": 3}
    assert case.counted("watchkeeper_bill_lines_total") == {"read": 51}


async def test_what_differs_is_named(case: Case) -> None:
    """Models, days, and calls without a price."""
    fill(case)
    case.server.lines[FINAL][1] = openai_line("7.75", "gpt-4o-2024-08-06, output")
    case.server.lines[date(2026, 11, 3)].append(openai_line("1.5", "web search tool calls"))
    case.prometheus.unpriced[FINAL, "openai", "gpt-9"] = 4
    case.prometheus.unpriced[FINAL, "mistral", "m"] = 9

    await case.run(case.reading("openai"))

    assert case.explained() == (
        "2026-11-17: billed $15.00, estimated $13.00. Month to date (17 days): billed $224.50, estimated $221.00. "
        "By model: gpt-4o +$2.00 (+1.2%), not of a model +$1.50. "
        "By day: 2026-11-17 +$2.00 (+15.4%), 2026-11-03 +$1.50 (+11.5%). Calls without a price: 4."
    )


async def test_a_correction_changes_the_numbers_and_is_logged_once(case: Case) -> None:
    """Every day of the last week is read again; a day that is not final is logged and not shown."""
    fill(case, days=19)
    reading = case.reading("openai")
    await case.run(reading)
    first = {line["day"]: (line["is_final"], line["is_correction"]) for line in case.logged}
    queries = case.prometheus.queries
    await case.run(reading)
    again = list(case.logged)
    case.server.lines[FINAL].append(openai_line("-1", "gpt-4o-2024-08-06, output"))

    await case.run(reading)

    assert len(first) == 19
    assert first["2026-11-17"] == (True, False)
    assert first["2026-11-18"] == (False, False)
    assert again == []
    assert [(line["day"], line["billed_usd"], line["is_correction"]) for line in case.logged] == [
        ("2026-11-17", 12.0, True)
    ]
    assert case.shown("dollars", "day")["gpt-4o"] == 9.0
    assert case.prometheus.queries == queries


async def test_a_day_becomes_final_two_days_after_its_end(case: Case) -> None:
    """At midnight of UTC; with it the month goes on."""
    fill(case, days=19)
    reading = case.reading("openai")
    case.now = datetime(2026, 11, 19, 23, 59, 59, tzinfo=UTC).timestamp()
    await case.run(reading)
    before = case.shown("dollars", "month")["gpt-4o"]
    case.now += 1

    await case.run(reading)

    assert (before, case.shown("dollars", "month")["gpt-4o"]) == (160.0, 170.0)


async def test_a_new_month_begins_with_its_first_final_day(case: Case) -> None:
    """Until then the last month is shown."""
    case.now = datetime(2026, 12, 2, 12, tzinfo=UTC).timestamp()
    for number in range(30):
        case.server.lines[date(2026, 11, 1) + timedelta(days=number)] = [openai_line("1", "gpt-4o, input")]
    case.server.lines[date(2026, 12, 1)] = [openai_line("5", "gpt-4o, input")]
    reading = case.reading("openai")
    await case.run(reading)
    before = case.shown("dollars", "month")
    case.now = datetime(2026, 12, 4, 12, tzinfo=UTC).timestamp()

    await case.run(reading)

    assert (before, case.shown("dollars", "month")) == ({"gpt-4o": 29.0}, {"gpt-4o": 5.0})
    assert case.shown("estimate_dollars", "month") == {"gpt-4o": 0.0}


async def test_a_day_in_another_currency_is_not_compared(case: Case) -> None:
    """Its dollars are not known; the day before is the last that is."""
    fill(case)
    case.server.lines[FINAL].append(openai_line("1", "gpt-4o, input", "eur"))

    await case.run(case.reading("openai"))

    assert case.explained().startswith("2026-11-16: billed $13.00")
    assert case.shown("dollars", "month")["gpt-4o"] == 160.0
    assert case.counted("watchkeeper_bill_lines_total") == {"read": 51, "foreign_currency": 1}


async def test_days_before_prometheus_are_not_compared(case: Case) -> None:
    """What was not counted here was not free of charge."""
    fill(case)
    case.prometheus.first = date(2026, 11, 16)

    await case.run(case.reading("openai"))

    assert case.shown("dollars", "month")["gpt-4o"] == 20.0
    assert "Month to date (2 days)" in case.explained()


async def test_nothing_is_shown_where_no_day_can_be_compared(case: Case) -> None:
    """No numbers and no line."""
    fill(case)
    case.prometheus.first = date(2026, 11, 19)

    await case.run(case.reading("openai"))

    assert case.shown("dollars", "day") == {}
    assert not case.store.families["llm_billed_day_timestamp_seconds"].series


async def test_anthropic_bills_cents_and_names_its_tiers(case: Case) -> None:
    """Batch costs half; a web search is of no model."""
    case.server.lines[FINAL] = [
        anthropic_line("1000", "claude-opus-5-20260801", "uncached_input_tokens"),
        anthropic_line("250.5", "claude-opus-5-20260801", "output_tokens", "batch"),
        anthropic_line("100", None, None),
    ]
    case.prometheus.usd[FINAL, "shop", "anthropic", "claude-opus-5"] = "15.01"

    await case.run(case.reading("anthropic"))

    assert case.shown("dollars", "day") == {"claude-opus-5": 12.505, "not of a model": 1.0}
    assert "Tiers on the bill: batch $2.50." in case.explained()
    assert case.server.asked[0][1]["starting_at"] == "2026-11-01T00:00:00Z"


async def test_openrouter_names_the_maker_of_a_model(case: Case) -> None:
    """Both sides have the same model; what own keys cost is beside it."""
    case.server.lines[FINAL] = [openrouter_line("1.5", "openai/gpt-4.1", own="0.5"), openrouter_line("1", "x/free")]
    case.prometheus.usd[FINAL, "shop", "openrouter", "openai/gpt-4.1"] = "2"

    await case.run(case.reading("openrouter"))

    assert case.shown("dollars", "day") == case.shown("estimate_dollars", "day") | {"free": 1.0}
    assert "Tiers on the bill: byok $0.50." in case.explained()


async def test_gateways_and_accounts_of_others(case: Case) -> None:
    """Calls that a gateway names otherwise are in the bill, those of a subscription are not."""
    fill(case)
    case.prometheus.usd[FINAL, "proxy", "azure.openai", "gpt-4o"] = "1"
    case.prometheus.usd[FINAL, "codex-cli", "openai", "gpt-4o"] = "50"

    await case.run(case.reading("openai", providers=("openai", "azure.*"), other_accounts=("codex*",)))

    assert case.shown("estimate_dollars", "day")["gpt-4o"] == 11.0


async def test_many_models_are_bounded(case: Case) -> None:
    """Twenty of a provider and the rest; sums stay right."""
    case.server.lines[FINAL] = [openai_line(str(number), f"m-{number}, input") for number in range(1, 41)]

    await case.run(case.reading("openai"))

    shown = case.shown("dollars", "day")
    assert len(shown) == 21
    assert sum(shown.values()) == sum(range(1, 41))
    assert shown["other"] == sum(range(1, 21))


@pytest.mark.parametrize(
    ("answer", "sentence", "outcome"),
    [
        (
            (403, b"{}", {}),
            "answered 403: key must hold an admin key of the organization (sk-admin-…); keys that make calls read no",
            "unauthorized",
        ),
        ((500, b"oops", {}), "answered 500", "server_error"),
        ((200, b"<html>Just a moment...</html>", {}), "answered something that is not JSON", "invalid_answer"),
        ((200, b'{"object": "page", "data": [', {}), "answered something that is not JSON", "invalid_answer"),
        (
            (200, b'{"object": "page", "data": [], "has_more": true, "next_page": null}', {}),
            "openai answered /v1/organization/costs with something that is no bill",
            "invalid_answer",
        ),
    ],
    ids=["a key without the right", "a failure", "a page for people", "half an answer", "half a bill"],
)
@pytest.mark.parametrize("at", [0, 1], ids=["at first", "at the second page"])
async def test_what_is_no_answer_is_reported_and_changes_nothing(
    case: Case, answer: tuple[int, bytes, dict[str, str]], sentence: str, outcome: str, at: int
) -> None:
    """The run fails with a sentence; what was known stays."""
    fill(case)
    reading = case.reading("openai")
    await case.run(reading)
    known = case.shown("dollars", "month")
    case.server.lines = {}
    case.server.answers = [None] * at + [answer]

    with pytest.raises(JobError) as failed:
        await case.run(reading)

    assert sentence in str(failed.value)
    assert str(failed.value).startswith("bill of openai: ")
    assert KEY not in str(failed.value)
    assert case.shown("dollars", "month") == known
    assert case.counted("watchkeeper_bill_requests_total")[outcome] == 1


async def test_a_wrong_key_is_reported_by_its_file(case: Case) -> None:
    """And a file that is not there."""
    (case.folder / "key").write_text("sk-project")
    with pytest.raises(JobError, match="answered 401: key must hold an admin key"):
        await case.run(case.reading("openai"))
    (case.folder / "key").unlink()

    with pytest.raises(JobError, match="the key file key cannot be read"):
        await case.run(case.reading("openai"))


async def test_a_limit_of_rates_is_waited_for(case: Case) -> None:
    """A short wait within the run, a long one over the next runs, without a request."""
    fill(case)
    case.server.answers = [(429, b"{}", {"retry-after": "7"})]
    reading = case.reading("openai")
    await case.run(reading)
    waited = case.now - NOW
    case.server.answers = [(429, b"{}", {"retry-after": "900"})]
    with pytest.raises(JobError):
        await case.run(reading)
    asked = len(case.server.asked)

    with pytest.raises(JobError, match="openai takes no requests for 900 s more"):
        await case.run(reading)

    assert waited == 7
    assert len(case.server.asked) == asked


async def test_a_day_twice_is_no_bill(case: Case) -> None:
    """Adding it up twice would be an invented number."""
    bucket = {"start_time": 1_793_491_200, "end_time": 1_793_577_600, "results": []}
    body = {"data": [bucket, bucket], "has_more": False, "next_page": None}
    case.server.answers = [(200, json.dumps(body).encode(), {})]

    with pytest.raises(JobError, match="the bill has a day twice"):
        await case.run(case.reading("openai"))


async def test_a_bill_without_an_end_is_given_up(case: Case) -> None:
    """A cursor that never ends, and one that comes again."""
    endless = [
        (200, json.dumps({"data": [], "has_more": True, "next_page": f"page_{number}"}).encode(), {})
        for number in range(40)
    ]
    case.server.answers = list(endless)
    with pytest.raises(JobError, match="more than 20 pages"):
        await case.run(case.reading("openai"))
    case.server.answers = [endless[3], endless[3]]

    with pytest.raises(JobError, match="the same cursor again"):
        await case.run(case.reading("openai"))


async def test_a_prometheus_that_is_away_fails_the_run(case: Case) -> None:
    """And nothing is compared with nothing."""
    fill(case)
    case.prometheus.is_away = True

    with pytest.raises(JobError, match="Prometheus at http://prometheus does not answer"):
        await case.run(case.reading("openai"))

    assert case.shown("dollars", "day") == {}
