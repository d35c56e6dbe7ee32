"""What a real Prometheus gives of two windows: exact amounts, and sentences where it has none."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import httpx
import numpy as np
import pytest
from alerts_measured.store import START, STEP, Store, running
from tests.support.programs import obtain_programs

from watchkeeper.analyzer.jobs import explanations
from watchkeeper.analyzer.parts import Parts
from watchkeeper.config import load_config
from watchkeeper.engines.windows import ActiveAlert, PastCalls, Window, recorded_changes
from watchkeeper.errors import EngineError
from watchkeeper.explain.explanation import Windows, explain
from watchkeeper.explain.measures import MEASURES
from watchkeeper.explain.sentence import sentence
from watchkeeper.metrics.catalogue import METRICS
from watchkeeper.metrics.store import MetricStore

ROOT = Path(__file__).parents[2]
HOUR = 60
# Four hours: three of version v1, one of v2; a call a minute costs a cent.
HOURS = 4
SERVICE = 'sup"port.+\\'
NOW = START + HOURS * HOUR * STEP
BEFORE = Window(start=NOW - 2 * HOUR * STEP, end=NOW - HOUR * STEP)
AFTER = Window(start=NOW - HOUR * STEP, end=NOW)
ALERT = "LLMCostPerRequestUp"
OUT_OF_REACH = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A Prometheus with the calls of two services."""
    with running(obtain_programs(ROOT)["prometheus"], tmp_path_factory.mktemp("prometheus")) as found:
        found.write(_series())
        yield found


def _series() -> Iterator[tuple[dict[str, str], np.ndarray, np.ndarray]]:
    minutes = np.arange(HOURS * HOUR + 1)
    yield {"__name__": "up", "job": "exporter"}, minutes, np.ones(len(minutes))
    # As Prometheus writes it: pending since ten minutes ago, for each version.
    for version in ("v1", "v2"):
        labels = {"alertname": ALERT, "service": SERVICE, "prompt": "answer", "prompt_version": version}
        active = np.arange(HOURS * HOUR - 10, HOURS * HOUR + 1)
        yield {"__name__": "ALERTS_FOR_STATE", **labels}, active, np.full(len(active), float(NOW - 10 * STEP))
    yield {"__name__": "ALERTS_FOR_STATE", "alertname": ALERT, "service": "over"}, minutes[:60], np.ones(60) * START
    for version, first, last, tokens in (("v1", 0, 180, 480), ("v2", 180, 240, 990)):
        for service in (SERVICE, "supxport"):
            labels = {"service": service, "provider": "openai", "model": "gpt-4o-mini", "tenant": "acme"}
            labels |= {"prompt": "answer", "prompt_version": version}
            calls = np.clip(minutes - first, 0, last - first)[first:]
            for name, more, each in (
                ("llm_requests_total", {"status": "ok"}, 1.0),
                ("llm_tokens_total", {"type": "input"}, tokens),
                ("llm_tokens_total", {"type": "reasoning"}, 7),
                ("llm_cost_dollars_total", {}, 0.01 * tokens / 480),
            ):
                yield {"__name__": name, **labels, **more}, minutes[first:], calls * each


@pytest.fixture
def past(store: Store) -> Iterator[PastCalls]:
    """One who asks it."""
    with httpx.Client(trust_env=False) as client:
        yield PastCalls(client, store.url)


def test_amounts_are_exact_and_of_one_service(past: PastCalls) -> None:
    """Whatever its name is to a regular expression; reasoning is a part of the output and not counted twice."""
    samples = past.samples(("requests", "tokens", "cost"), BEFORE, AFTER, [SERVICE])

    seen = {(one.amount, one.labels["service"], one.labels["prompt_version"]): one.per_hour for one in samples.after}
    assert seen == {
        ("requests", SERVICE, "v2"): pytest.approx(60),
        ("tokens", SERVICE, "v2"): pytest.approx(60 * 990),
        ("cost", SERVICE, "v2"): pytest.approx(0.6 * 990 / 480),
    }
    assert {one.labels["prompt_version"] for one in samples.before} == {"v1"}


def test_all_services_together(past: PastCalls) -> None:
    """Without a service there is no matcher."""
    samples = past.samples(("requests",), BEFORE, AFTER)

    assert samples.services() == [SERVICE, "supxport"]


@pytest.mark.parametrize("measure", sorted(MEASURES))
def test_prometheus_understands_the_queries_of_every_measure(past: PastCalls, measure: str) -> None:
    """None is refused."""
    samples = past.samples(MEASURES[measure].amounts, BEFORE, AFTER, [SERVICE])

    assert sentence(explain(MEASURES[measure], samples, Windows(before_hours=1, after_hours=1)))


def test_the_change_is_explained(past: PastCalls) -> None:
    """From a counter to a line."""
    measure = MEASURES["cost-per-call"]
    samples = past.samples(measure.amounts, BEFORE, AFTER, [SERVICE])

    line = sentence(explain(measure, samples, Windows(before_hours=1, after_hours=1)))

    assert line == "100 % of +$0.011: prompt answer/v2, tokens in per call 480 to 990 (certainty: high)."


def test_active_alerts_are_those_of_now(past: PastCalls) -> None:
    """One for a service, however many versions it fires for; not one that is over."""
    assert past.active_alerts([ALERT, "LLMCostSpike"], NOW) == [
        ActiveAlert(name=ALERT, service=SERVICE, since=NOW - 10 * STEP)
    ]
    assert past.active_alerts(["LLMCostSpike"], NOW) == []


def test_the_analyzer_explains_the_active_alert(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The job, at that time, with the same Prometheus."""
    monkeypatch.setattr(explanations, "time", SimpleNamespace(time=lambda: NOW, monotonic=time.monotonic))
    numbers = MetricStore(METRICS)
    config = load_config(None, {"WATCHKEEPER_PROMETHEUS_URL": store.url})
    with httpx.Client(trust_env=False) as client:
        asyncio.run(explanations.Explanations(Parts(config=config, store=numbers, client=client)).run())

    ((alert, service, line),) = numbers.families["llm_change_explanation_info"].series
    assert (alert, service) == (ALERT, SERVICE)
    assert line == "100 % of +$0.011: prompt answer/v2, tokens in per call 480 to 990 (certainty: high)."


def test_a_window_that_is_there_has_no_gap(past: PastCalls) -> None:
    """Prometheus has its beginning."""
    assert list(past.gaps(BEFORE, AFTER, NOW)) == []


def test_a_window_before_the_first_sample_is_reported(past: PastCalls) -> None:
    """What is missing is not taken for nothing."""
    early = Window(start=START - 2 * HOUR * STEP, end=START - HOUR * STEP)

    assert list(past.gaps(early, AFTER, NOW)) == ["Prometheus has no samples from the beginning of the window before"]


def test_a_window_beyond_retention_is_reported() -> None:
    """With how long Prometheus keeps samples."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("runtimeinfo"):
            return httpx.Response(200, json={"data": {"storageRetention": "30d or 20GiB"}})
        result = [{"metric": {}, "value": [0, "1"]}]
        return httpx.Response(200, json={"data": {"result": result}})

    early = Window(start=NOW - 31 * 86_400, end=NOW - 30 * 86_400)
    with httpx.Client(transport=httpx.MockTransport(answer)) as client:
        gaps = list(PastCalls(client, "http://prometheus").gaps(early, AFTER, NOW))

    assert gaps == ["the window before begins before what Prometheus keeps (30 days)"]


def test_a_prometheus_that_is_away_is_named() -> None:
    """Not a traceback."""
    with (
        httpx.Client(trust_env=False) as client,
        pytest.raises(EngineError, match=r"Prometheus at http://127\.0\.0\.1:9 does not answer"),
    ):
        PastCalls(client, OUT_OF_REACH).samples(("requests",), BEFORE, AFTER)


def test_what_prometheus_refuses_is_its_own_sentence(store: Store) -> None:
    """A query that takes too much says so."""
    backwards = Window(start=NOW, end=NOW)
    with (
        httpx.Client(trust_env=False) as client,
        pytest.raises(EngineError, match=r"refuses /api/v1/query: .*duration must be greater than 0"),
    ):
        PastCalls(client, store.url).samples(("requests",), backwards, AFTER)


def test_changes_of_the_log_lines() -> None:
    """With their time and what they are; announced ones and those seen for the first time."""

    def answer(request: httpx.Request) -> httpx.Response:
        assert '{event=~"deployment_recorded|' in request.url.params["query"]
        assert 'service=~"support|watchkeeper"' in request.url.params["query"]
        labels = {"service": "support", "kind": "prompt", "name": "answer", "version": "v2"}
        webhook = {"label": "production", "action": "updated", "author": "Ada"}
        streams = [
            {"stream": {**labels, "event": "prompt_version_seen"}, "values": [["1500000000", "{}"]]},
            {"stream": {**labels, "event": "deployment_recorded"}, "values": [["1000000000", "{}"]]},
            {"stream": {**labels, **webhook, "event": "deployment_recorded"}, "values": [["1200000000", "{}"]]},
        ]
        return httpx.Response(200, json={"data": {"result": streams}})

    with httpx.Client(transport=httpx.MockTransport(answer)) as client:
        changes = recorded_changes(client, "http://loki", BEFORE, ["support"])

    assert [(one.at, one.what) for one in changes] == [
        (1.0, "prompt answer v2 announced"),
        (1.2, "prompt answer v2 (production) updated by Ada"),
        (1.5, "prompt answer v2 seen"),
    ]
