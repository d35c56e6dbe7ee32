"""The analyzer says why the numbers moved that active alerts are about."""

import asyncio
import json
import re
import time
from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import parse_qs

import httpx
import pytest
from tests.support.explained import calls

from watchkeeper.analyzer.explained.windows import EXPLAINED, windows_of
from watchkeeper.analyzer.jobs.explanations import Explanations
from watchkeeper.analyzer.parts import Parts
from watchkeeper.config import load_config
from watchkeeper.errors import JobError
from watchkeeper.explain.samples import Sample
from watchkeeper.metrics.catalogue import METRICS
from watchkeeper.metrics.store import MetricStore

HOUR, DAY = 3_600.0, 86_400.0
LINE = "100 % of +510 tokens: prompt answer/v2, tokens in per call 480 to 990 (certainty: high)."
ALERT = "LLMTokensPerRequestUp"


class Bench:
    """A Prometheus with active alerts and calls in two windows, and the job that asks it."""

    def __init__(self) -> None:
        self.alerts: list[tuple[str, str]] = []
        self.before = calls(10_000)
        self.after = calls(10_000, tokens_in=990.0, prompt_version="v2")
        self.is_away = False
        self.refused = ""
        self.store = MetricStore(METRICS)
        client = httpx.Client(transport=httpx.MockTransport(self._answer))
        config = load_config(None, {"WATCHKEEPER_PROMETHEUS_URL": "http://prometheus:1"})
        self._job = Explanations(Parts(config=config, store=self.store, client=client))

    def run(self) -> dict[tuple[str, ...], float]:
        """Run once; the lines that there are."""
        asyncio.run(self._job.run())
        return self.lines()

    def lines(self) -> dict[tuple[str, ...], float]:
        """The samples of lines by their labels."""
        return {labels: one.value for labels, one in self.store.families["llm_change_explanation_info"].series.items()}

    def causes(self) -> dict[tuple[str, ...], float]:
        """The samples of causes by their labels."""
        series = self.store.families["llm_change_cause_ratio"].series
        return {labels: round(one.value, 6) for labels, one in series.items()}

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if self.is_away:
            raise httpx.ConnectError("refused")
        asked = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
        if self.refused and self.refused in asked["query"]:
            return httpx.Response(422, json={"error": "query timed out"})
        if asked["query"].startswith("ALERTS_FOR_STATE"):
            return _vector({"alertname": name, "service": service} for name, service in self.alerts)
        side = self.after if abs(float(asked["time"]) - time.time()) < HOUR / 2 else self.before
        amounts = set(re.findall(r'"amount", "(\w+)"', asked["query"]))
        hours = int(re.findall(r"\[(\d+)s\]", asked["query"])[0]) / HOUR
        return _series((one for one in side if one.amount in amounts), hours)


def _vector(metrics: Iterable[dict[str, str]]) -> httpx.Response:
    result = [{"metric": metric, "value": [0, str(time.time() - 60)]} for metric in metrics]
    return httpx.Response(200, json={"data": {"result": result}})


def _series(samples: Iterable[Sample], hours: float) -> httpx.Response:
    counted = (({**one.labels, "amount": one.amount}, one.per_hour * hours) for one in samples)
    result = [{"metric": metric, "value": [0, str(count)]} for metric, count in counted]
    return httpx.Response(200, content=json.dumps({"data": {"result": result}}))


@pytest.fixture
def bench() -> Bench:
    """One alert is active."""
    found = Bench()
    found.alerts = [(ALERT, "support")]
    return found


def test_an_active_alert_has_a_line_and_its_causes(bench: Bench) -> None:
    """The line says it in words, the causes as shares, for a panel."""
    assert bench.run() == {(ALERT, "support", LINE): 1.0}
    assert bench.causes() == {(ALERT, "support", "prompt answer/v2, tokens in per call"): 1.0}


def test_an_alert_that_is_over_has_none(bench: Bench) -> None:
    """Its series end with it."""
    bench.run()

    bench.alerts = []

    assert bench.run() == {}
    assert bench.causes() == {}


def test_other_figures_of_the_same_cause_are_no_new_line(bench: Bench) -> None:
    """Each new line is a new series."""
    bench.run()

    bench.after = calls(10_000, tokens_in=995.0, prompt_version="v2")

    assert bench.run() == {(ALERT, "support", LINE): 1.0}


def test_another_cause_is_a_new_line(bench: Bench) -> None:
    """It takes the place of the old one."""
    bench.run()

    bench.after = calls(10_000, tokens_out=900.0)

    ((labels, _),) = bench.run().items()
    assert "tokens out per call 100 to 900" in labels[2]
    assert list(bench.causes()) == [(ALERT, "support", "tokens out per call")]


REVIEWED = [
    Sample(amount="runs", labels={"service": "support"}, per_hour=1_000),
    Sample(amount="decisions", labels={"service": "support", "node": "confidence", "branch": "person"}, per_hour=100),
    Sample(amount="decisions", labels={"service": "support", "node": "confidence", "branch": "answer"}, per_hour=900),
    Sample(amount="reviews", labels={"service": "support", "outcome": "approved"}, per_hour=100),
]


def test_a_new_prompt_version_is_named_where_it_is_in_no_label_of_what_moved(bench: Bench) -> None:
    """Reviews say nothing of prompts; a version that comes to be seen while the alert is active is a new line."""
    bench.alerts = [("LLMHumanReviewShifted", "support")]
    more = [
        replace(one, per_hour=one.per_hour * 3) if one.labels.get("branch") == "person" else one for one in REVIEWED
    ]
    more = [replace(one, per_hour=300) if one.amount == "reviews" else one for one in more]
    bench.before, bench.after = [*calls(1_000), *REVIEWED], [*calls(1_000), *more]
    ((before, _),) = bench.run().items()
    bench.after = [*calls(500), *calls(500, prompt_version="v2"), *more]

    ((labels, _),) = bench.run().items()

    assert "Changed meanwhile" not in before[2]
    assert labels[2].endswith("Changed meanwhile: prompt answer/v2 is new.")
    assert labels[2].startswith(before[2])


def test_a_prompt_version_is_named_also_where_the_alert_came_hours_after_it(bench: Bench) -> None:
    """Few runs take long to exceed chance: until then they are in the window before."""
    bench.alerts = [("LLMHumanReviewShifted", "support")]
    more = [replace(one, per_hour=900) if one.labels.get("branch") == "person" else one for one in REVIEWED]
    more = [replace(one, per_hour=900) if one.amount == "reviews" else one for one in more]
    bench.before = [*calls(990), *calls(10, prompt_version="v2"), *REVIEWED]
    bench.after = [*calls(1_000, prompt_version="v2"), *more]

    ((labels, _),) = bench.run().items()

    assert labels[2].endswith("Changed meanwhile: prompt answer/v2 has a larger share of calls.")


def test_a_service_that_is_new_has_no_news(bench: Bench) -> None:
    """All of it would be."""
    bench.before = []

    ((labels, _),) = bench.run().items()

    assert labels[2] == "tokens per call cannot be explained: 1 090 tokens now, no calls in the window before."


def test_when_nothing_explains_it_the_line_says_so(bench: Bench) -> None:
    """No causes of what chance does, and no data is said to be none."""
    bench.after = bench.before
    assert [labels[2] for labels in bench.run()] == [
        "no change of tokens per call beyond chance: 580 tokens before, 580 tokens now."
    ]
    bench.before = []
    bench.after = []
    bench.alerts = [(ALERT, "search")]
    assert [labels[2] for labels in bench.run()] == ["tokens per call cannot be explained: no calls in either window."]
    assert bench.causes() == {}


def test_a_prometheus_that_is_away_fails_the_run_and_keeps_what_was_said(bench: Bench) -> None:
    """The alert's annotation does not lose its line for it."""
    bench.run()

    bench.is_away = True

    with pytest.raises(JobError, match=r"\APrometheus at http://prometheus:1 does not answer: refused\Z"):
        bench.run()
    assert bench.lines() == {(ALERT, "support", LINE): 1.0}


def test_one_that_cannot_be_asked_for_does_not_keep_the_others_from_their_lines(bench: Bench) -> None:
    """A service that is too large for a query."""
    bench.alerts = [(ALERT, "large"), (ALERT, "support")]
    bench.refused = "large"

    with pytest.raises(JobError, match=r"query timed out \(1 alerts not explained\)"):
        bench.run()
    assert list(bench.lines()) == [(ALERT, "support", LINE)]


def test_drills_are_not_explained(bench: Bench) -> None:
    """Their services are made up."""
    bench.alerts = [(ALERT, "drill-support")]

    assert bench.run() == {}


def test_lines_are_bounded_in_number_and_bytes(bench: Bench) -> None:
    """A thousand alerts have fifty lines, and none is longer than Prometheus takes."""
    bench.alerts = [(ALERT, f"service {number}") for number in range(1_000)]
    bench.after = calls(10_000, tokens_in=990.0, prompt="€" * 128, prompt_version="€" * 128)

    lines = bench.run()

    assert len(lines) == 50
    assert all(len(label.encode()) <= 1_000 for labels in lines for label in labels)


def test_without_prometheus_there_is_nothing_to_do() -> None:
    """A process that was given none asks no one."""
    store = MetricStore(METRICS)
    parts = Parts(config=load_config(None, {}), store=store, client=httpx.Client())

    asyncio.run(Explanations(parts).run())

    assert store.families["llm_change_explanation_info"].series == {}


@pytest.mark.parametrize("alert", sorted(EXPLAINED))
def test_windows_do_not_compare_a_change_with_itself(alert: str) -> None:
    """The window before ends before the alert's condition held, also when that was days ago."""
    now = 100 * DAY
    for since in (now, now - HOUR, now - 3.5 * DAY, now - 20 * DAY):
        for before, after in windows_of(EXPLAINED[alert], since, now):
            assert before.end <= min(since, after.start)
            assert before.start >= now - 36 * DAY
            assert after.end == now


def test_cost_is_compared_with_the_same_hours() -> None:
    """Of the last day on which the alert was not active, then with the whole day before."""
    now = 100 * DAY

    first, second = windows_of(EXPLAINED["LLMCostSpike"], now - 2.2 * DAY, now)

    assert (first[0].start, first[0].end) == (now - 3 * DAY - HOUR, now - 3 * DAY)
    assert second[0].hours == 24
