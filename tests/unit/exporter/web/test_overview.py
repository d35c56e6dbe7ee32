"""The start page: what fires and the last hour, as the engines know it."""

import re
from collections.abc import Iterator

import promql_parser
import pytest
from tests.support.engine_answers import EngineAnswers, engine_answers
from tests.support.exporter import ExporterInTest, run_exporter
from tests.unit.exporter.web.test_alert_pages import alert, environ

from watchkeeper.exporter.web import overview
from watchkeeper.exporter.web.overview import MEASURES
from watchkeeper.metrics.catalogue import METRICS


@pytest.fixture
def engines() -> Iterator[EngineAnswers]:
    """One alert fires."""
    with engine_answers() as answers:
        answers.alerts = [alert()]
        yield answers


@pytest.fixture
def asking(engines: EngineAnswers) -> Iterator[ExporterInTest]:
    """An exporter that asks them, and was started a moment ago."""
    with run_exporter(environ(engines)) as exporter:
        yield exporter


def test_it_shows_what_fires_and_six_graphs(asking: ExporterInTest) -> None:
    """Nothing of it is from the memory of the exporter, which has seen no call."""
    page = asking.client.get("/").text

    assert "LLMErrorRateHigh: shop" in page
    assert page.count('src="data:image/svg+xml;base64,') == len(MEASURES) == 6
    assert "Failed calls: <strong>12%</strong>" in page
    assert "Cost an hour: <strong>$0.12</strong>" in page


def test_engines_are_asked_once_in_ten_seconds(engines: EngineAnswers, asking: ExporterInTest) -> None:
    """The page loads itself again every ten seconds in every browser that has it open."""
    for _ in range(3):
        asking.client.get("/")

    assert len(engines.queries) == len(MEASURES)


def test_without_engines_the_page_says_what_is_missing(engines: EngineAnswers, asking: ExporterInTest) -> None:
    """The rest of it is there."""
    engines.broken = {"/api/v1/query_range", "/api/v2/alerts"}

    page = asking.client.get("/").text

    assert "Prometheus at" in page
    assert "alertmanager: answers 503" in page
    assert "Connect an app" in page


def test_many_alerts_are_some_and_a_number(engines: EngineAnswers, asking: ExporterInTest) -> None:
    """All are on their page."""
    engines.alerts = [alert(fingerprint=f"{number:016x}") for number in range(25)]

    page = asking.client.get("/").text

    assert page.count("LLMErrorRateHigh: shop") == 10
    assert "15 more" in page


def test_an_application_without_a_name_is_asked_to_take_one(asking: ExporterInTest) -> None:
    """Two of them would be one service."""
    asking.post_events({"type": "llm_call", "model": "gpt-4o-mini"})

    assert "set <code>OTEL_SERVICE_NAME</code>" in asking.client.get("/").text


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.title)
def test_a_query_is_of_metrics_that_there_are(measure: overview.Measure) -> None:
    """A misspelt one would show no data for ever."""
    assert promql_parser.parse(measure.query)
    known = {metric.name for metric in METRICS} | {f"{m.name}_bucket" for m in METRICS if m.type == "histogram"}
    assert set(re.findall(r"\b(?:llm|watchkeeper)_\w+", measure.query)) <= known
