import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from tests.support.exporter import ExporterInTest

CALL = {"type": "llm_call", "model": "gpt-4o-mini", "input_tokens": 100, "output_tokens": 20, "trace_id": "ab" * 16}
OPENMETRICS = "application/openmetrics-text;version=1.0.0,text/plain;q=0.5"


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("*/*", "text/plain; version=0.0.4; charset=utf-8"),
        ("text/plain;version=0.0.4", "text/plain; version=0.0.4; charset=utf-8"),
        (OPENMETRICS, "application/openmetrics-text; version=1.0.0; charset=utf-8"),
    ],
    ids=["a person", "the older format", "Prometheus"],
)
def test_the_format_is_what_was_asked_for(accept: str, kind: str, exporter: ExporterInTest) -> None:
    """Text unless OpenMetrics is wanted."""
    assert exporter.client.get("/metrics", headers={"accept": accept}).headers["content-type"] == kind


def test_openmetrics_is_whole(exporter: ExporterInTest) -> None:
    """Ours and prometheus_client's own metrics are one valid exposition, with births and the trace."""
    exporter.post_events({**CALL, "duration_seconds": 1.5})

    text = exporter.exposition(OPENMETRICS)
    names = {sample.name for family in parse_openmetrics(text) for sample in family.samples}

    assert text.count("# EOF") == 1
    assert text.endswith("# EOF\n")
    assert {"llm_requests_total", "llm_requests_created", "http_requests_total", "process_cpu_seconds_total"} <= names
    assert f'# {{trace_id="{"ab" * 16}"}} 1.5 ' in text


@pytest.mark.parametrize("encoding", ["identity", "gzip", "gzip, deflate, br"])
def test_a_scrape_may_be_packed(encoding: str, exporter: ExporterInTest) -> None:
    """The text is the same packed and plain."""
    response = exporter.client.get("/metrics", headers={"accept-encoding": encoding})

    assert response.headers.get("content-encoding") == ("gzip" if "gzip" in encoding else None)
    assert "# TYPE llm_requests_total counter" in response.text


def test_label_use_is_reported(exporter: ExporterInTest) -> None:
    """How full each label is is beside its limit."""
    exporter.post_events(CALL, {**CALL, "model": "gpt-4o"})

    assert exporter.value("watchkeeper_label_values", label="model") == 2
    assert exporter.value("watchkeeper_label_limit", label="model") == 100
    assert exporter.value("watchkeeper_series") > 10


def test_hostile_labels_do_not_break_the_scrape(exporter: ExporterInTest) -> None:
    """Quotes, line ends and the end mark in a name are a label's value and nothing more."""
    exporter.post_events({**CALL, "model": 'a"} 1\n# EOF\n\\', "service": "\\"})

    list(parse_openmetrics(exporter.exposition(OPENMETRICS)))

    assert exporter.value("llm_requests_total", service="\\", model='a"} 1 # EOF \\') == 1


def test_a_lone_surrogate_does_not_break_the_scrape(exporter: ExporterInTest) -> None:
    """JSON can spell half a character, UTF-8 cannot."""
    body = rb'[{"type": "feedback", "rating": "positive", "service": "x\ud800"}]'

    response = exporter.client.post("/v1/events", content=body)

    assert response.status_code in (200, 400)
    assert exporter.client.get("/metrics").status_code == 200
    assert exporter.client.get("/").status_code == 200
