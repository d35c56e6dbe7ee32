"""A drill on a stack that answers as the engines do, and goes as far as a test lets it."""

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs

import cramjam
import httpx
import pytest

from watchkeeper.operator.drills.condition import SeriesCondition
from watchkeeper.operator.drills.drill import HOPS, Drill, Outcome, Pace
from watchkeeper.operator.drills.live import LiveStack
from watchkeeper.operator.drills.log_lines import LogRecipe
from watchkeeper.operator.drills.recipe import Recipe, Series

MARK = "drill-Busy-bot"
URLS = {name: f"http://{name}" for name in ("prometheus", "loki", "alertmanager", "exporter")}
# Minutes of patience pass in milliseconds.
FAST = Pace(time_scale=2000.0, patience_seconds=0.15)
RECIPE = Recipe(
    alert="Busy",
    severity="high",
    mark_label="service",
    mark=MARK,
    interval_seconds=60,
    fires_after_seconds=600,
    series=(Series(labels={"__name__": "calls_total", "service": MARK}, values=tuple(range(20))),),
)

LOG_RECIPE = LogRecipe(
    alert="Busy",
    severity="high",
    mark=MARK,
    labels={"level": "error"},
    metadata={"team": "drill"},
    count=3,
    lookback_seconds=0.1,
)


@dataclass
class FakeStack:
    """Prometheus, Alertmanager and exporter in one; the alert goes as far as ``reaches`` says."""

    reaches: str = "resolved"
    rules: list[dict[str, Any]] = field(default_factory=list)
    written: list[bytes] = field(default_factory=list)
    asked: list[dict[str, list[str]]] = field(default_factory=list)
    pushed: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        if not self.rules:
            self.rules = [
                {"name": "Busy", "query": "service:calls:rate5m > 3", "labels": {"severity": "high"}, "duration": 0},
                {"name": "service:calls:rate5m", "query": "sum by (service) (rate(calls_total[100ms]))"},
                {"name": "other:calls:rate5m", "query": "sum(rate(calls_total[100ms]))"},
                {"name": "calls_total", "query": "last_over_time(pushed_calls_total[1h])"},
            ]

    def client(self) -> httpx.AsyncClient:
        """A client whose every request comes here."""
        return httpx.AsyncClient(transport=httpx.MockTransport(self.answer))

    def answer(self, request: httpx.Request) -> httpx.Response:
        """What the engines would say."""
        answers: dict[str, Callable[[httpx.Request], httpx.Response]] = {
            "/api/v1/rules": self._rules,
            "/api/v1/write": self._write,
            "/api/v1/query_range": self._history,
            "/api/v1/alerts": self._alerts,
            "/api/v2/alerts": lambda _: httpx.Response(200, json=[{}] if self._is_past("Alertmanager") else []),
            "/metrics": self._metrics,
            "/loki/api/v1/push": self._push,
            "/prometheus/api/v1/rules": self._rules,
            "/prometheus/api/v1/alerts": self._alerts,
        }
        return answers[request.url.path](request)

    def _is_past(self, hop: str) -> bool:
        hops = ["nothing", "pending", "firing", "Alertmanager", "receiver", "resolved"]
        return hops.index(self.reaches) >= hops.index(hop)

    def _rules(self, request: httpx.Request) -> httpx.Response:
        is_alert = request.url.params["type"] == "alert"
        rules = [rule for rule in self.rules if ("duration" in rule) == is_alert]
        return httpx.Response(200, json={"data": {"groups": [{"rules": rules}]}})

    def _write(self, request: httpx.Request) -> httpx.Response:
        self.written.append(bytes(cramjam.snappy.decompress_raw(request.content)))
        return httpx.Response(204)

    def _push(self, request: httpx.Request) -> httpx.Response:
        self.pushed.append(json.loads(request.content))
        return httpx.Response(204)

    def _history(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(parse_qs(request.content.decode()))
        result = [
            {"metric": {"service": MARK}, "values": [[1.0, "7"]]},
            {"metric": {"service": "a real one"}, "values": [[1.0, "8"]]},
        ]
        return httpx.Response(200, json={"data": {"result": result}})

    def _alerts(self, _: httpx.Request) -> httpx.Response:
        state = "firing" if self._is_past("firing") else "pending"
        alerts = [
            {"labels": {"alertname": "Busy", "service": "a real one"}, "state": "firing"},
            {"labels": {"alertname": "Busy", "service": MARK}, "state": state},
        ]
        return httpx.Response(200, json={"data": {"alerts": alerts if self._is_past("pending") else alerts[:1]}})

    def _metrics(self, _: httpx.Request) -> httpx.Response:
        stages = [stage for stage, hop in (("delivered", "receiver"), ("resolved", "resolved")) if self._is_past(hop)]
        lines = [
            f'watchkeeper_drill_timestamp_seconds{{alertname="Busy",severity="high",stage="{stage}"}} 9e12'
            for stage in stages
        ]
        return httpx.Response(200, text="\n".join(lines) + "\n")


async def run(fake: FakeStack, recipe: Recipe | LogRecipe = RECIPE) -> tuple[Outcome, list[str]]:
    """The outcome of a drill and the hops it reported."""
    reported: list[str] = []
    async with fake.client() as client:
        drill = Drill(recipe, LiveStack(client, URLS), lambda _, hop: reported.append(hop), FAST)
        return await drill.run(), reported


async def test_every_hop_is_reported_as_it_is_reached() -> None:
    """From Prometheus to the receiver and back."""
    outcome, reported = await run(FakeStack())

    assert reported == ["pending", "firing", "Alertmanager", "receiver", "resolved"]
    assert outcome.is_proven
    assert list(outcome.hops) == reported


@pytest.mark.parametrize(
    ("reaches", "complaint"),
    [
        ("nothing", r"not pending .* the last hop was: the condition was written"),
        ("pending", r"not firing .* the last hop was: pending"),
        ("firing", r"not Alertmanager .* firing"),
        ("Alertmanager", r"not receiver .* Alertmanager"),
        ("receiver", r"not resolved .* receiver"),
    ],
)
async def test_a_hop_that_is_not_reached_is_named(reaches: str, complaint: str) -> None:
    """Whose fault it is shows in where the alert got stuck; the condition ends all the same."""
    fake = FakeStack(reaches=reaches)

    outcome, _ = await run(fake)

    assert not outcome.is_proven
    assert re.search(complaint, outcome.problem)
    assert b"\x02\x00\x00\x00\x00\x00\xf0\x7f" in fake.written[-1]


async def test_what_recording_rules_would_have_made_of_the_past_is_written_too() -> None:
    """Only of rules that the alert reads, and only of what is marked."""
    fake = FakeStack()

    await run(fake)

    assert [form["query"] for form in fake.asked] == [["sum by (service) (rate(calls_total[100ms]))"]]
    recorded = [body for body in fake.written if b"service:calls:rate5m" in body]
    assert len(recorded) == 1
    assert b"a real one" not in recorded[0]


async def test_recorded_numbers_of_the_past_are_never_stale() -> None:
    """A rule that looks at one moment of the past finds a value there, however sparse the recipe is."""
    fake = FakeStack()
    sparse = replace(RECIPE, interval_seconds=600, fires_after_seconds=6000)

    async with fake.client() as client:
        await SeriesCondition(sparse, LiveStack(client, URLS), now=time.time()).begin()

    assert [float(form["step"][0]) for form in fake.asked] == [200]


async def test_the_end_of_a_long_window_is_not_waited_for() -> None:
    """The rule sees the condition for an hour after it has ended; that it arrived is proven all the same."""
    hourly = {"name": "Busy", "query": "increase(calls_total[1h]) > 3", "labels": {"severity": "high"}, "duration": 0}

    outcome, reported = await run(FakeStack(reaches="receiver", rules=[hourly]))

    assert reported[-1] == "receiver"
    assert outcome.is_proven
    assert outcome.note == "its end is not waited for: the rule looks back over 1 h"


async def test_the_condition_goes_on_while_the_alert_is_on_its_way() -> None:
    """Past, present and end: the value grows on as it grew."""
    fake = FakeStack()

    await run(fake)

    assert len([body for body in fake.written if b"calls_total" in body]) >= 3


async def test_an_alert_over_log_lines_is_provoked_by_lines() -> None:
    """Loki gets them with their labels and metadata, and reports what it thinks of them."""
    fake = FakeStack()

    outcome, reported = await run(fake, LOG_RECIPE)

    assert reported == ["pending", "firing", "Alertmanager", "receiver", "resolved"]
    assert outcome.is_proven
    assert not fake.written
    ((stream,),) = [body["streams"] for body in fake.pushed]
    assert stream["stream"] == {"level": "error", "service": MARK}
    assert len({time_ns for time_ns, _, _ in stream["values"]}) == 3
    assert all(metadata == {"team": "drill"} for _, _, metadata in stream["values"])


async def test_a_rule_that_prometheus_does_not_run_is_reported() -> None:
    """An alert of the files may be missing from the running stack."""
    other = {"name": "Busy", "query": "up", "labels": {"severity": "low"}, "duration": 0}

    outcome, _ = await run(FakeStack(rules=[other]))

    assert outcome.problem == "prometheus runs no rule Busy of severity high"


async def test_an_engine_that_is_away_is_reported_with_what_to_do() -> None:
    """A refused connection is no traceback."""

    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    async with httpx.AsyncClient(transport=httpx.MockTransport(refuse)) as client:
        outcome = await Drill(RECIPE, LiveStack(client, URLS), lambda *_: None, FAST).run()

    assert outcome.problem.startswith("http://prometheus/api/v1/rules does not answer")
    assert "make up" in outcome.problem


async def test_who_does_not_answer_once_is_asked_again() -> None:
    """On a busy machine an answer takes longer than is waited for it; the drill goes on."""
    fake, silent = FakeStack(), {"/api/v1/alerts", "/api/v2/alerts", "/metrics"}

    def slow(request: httpx.Request) -> httpx.Response:
        if request.url.path in silent:
            silent.remove(request.url.path)
            raise httpx.ReadTimeout("", request=request)
        return fake.answer(request)

    async with httpx.AsyncClient(transport=httpx.MockTransport(slow)) as client:
        outcome = await Drill(RECIPE, LiveStack(client, URLS), lambda *_: None, FAST).run()

    assert (outcome.problem, list(outcome.hops)) == ("", list(HOPS))
    assert not silent


async def test_who_stays_away_is_named() -> None:
    """When the time of the hop is over."""
    fake = FakeStack()

    def half_away(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/metrics":
            raise httpx.ReadTimeout("", request=request)
        return fake.answer(request)

    async with httpx.AsyncClient(transport=httpx.MockTransport(half_away)) as client:
        outcome = await Drill(RECIPE, LiveStack(client, URLS), lambda *_: None, FAST).run()

    assert outcome.problem.startswith("http://exporter/metrics does not answer")


async def test_what_an_engine_refuses_is_reported_in_its_own_words() -> None:
    """Prometheus says why it does not take samples."""
    fake = FakeStack()
    fake._write = lambda _: httpx.Response(400, text="out of bounds\n")  # type: ignore[method-assign]

    outcome, _ = await run(fake)

    assert outcome.problem == "http://prometheus/api/v1/write answered 400: out of bounds"
