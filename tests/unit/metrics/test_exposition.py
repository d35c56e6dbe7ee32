"""What we expose, read back by prometheus_client's own parsers."""

from collections.abc import Callable, Iterable
from decimal import Decimal

import pytest
from prometheus_client import Metric as ParsedFamily
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text
from prometheus_client.samples import Sample
from tests.support.facts import NOW, TRACE_ID

from watchkeeper.metrics.catalogue import METRICS, Metric
from watchkeeper.metrics.exposition import number, render
from watchkeeper.metrics.store import MetricStore

UGLY = 'say "hi" \\ to\nall {braces}, 骰子 = #1'
CATALOGUE = (
    Metric("calls_total", "counter", ("model", "status"), "Calls."),
    Metric("cost_dollars_total", "counter", ("model",), "Cost."),
    Metric("limit_ratio", "gauge", (), "A limit."),
    Metric("wait_seconds", "histogram", ("model",), "Waiting.", (0.5, 1.0)),
    Metric("size_bytes", "histogram", (), "Sizes.", (1.0, 4.0)),
)
Parse = Callable[[str], Iterable[ParsedFamily]]


def filled() -> MetricStore:
    """A store with every type of metric, ugly labels and exemplars."""
    store = MetricStore(CATALOGUE)
    store.families["calls_total"].add((UGLY, "ok"), 3, NOW, TRACE_ID)
    store.families["calls_total"].add(("", ""), 1, NOW)
    store.families["cost_dollars_total"].add(("a",), Decimal("0.00008445"), NOW)
    store.families["limit_ratio"].set((), float("nan"))
    store.histograms["wait_seconds"].observe((UGLY,), 0.7, NOW, TRACE_ID)
    store.histograms["wait_seconds"].observe((UGLY,), 7, NOW)
    store.histograms["size_bytes"].observe((), 2, NOW)
    return store


def text_of(store: MetricStore, *, openmetrics: bool) -> str:
    """The whole exposition."""
    return "".join(render(store, openmetrics=openmetrics)) + ("# EOF\n" if openmetrics else "")


def samples(text: str, parse: Parse) -> dict[tuple[str, str, str], Sample]:
    """Samples by name, model and bucket."""
    found = [sample for family in parse(text) for sample in family.samples]
    return {(s.name, s.labels.get("model", ""), s.labels.get("le", "")): s for s in found}


@pytest.mark.parametrize(
    ("openmetrics", "parse"), [(False, parse_text), (True, parse_openmetrics)], ids=["text", "OpenMetrics"]
)
def test_every_value_reads_back(parse: Parse, *, openmetrics: bool) -> None:
    """Both formats are understood, with the labels as they were."""
    read = samples(text_of(filled(), openmetrics=openmetrics), parse)

    assert read["calls_total", UGLY, ""].value == 3
    assert read["calls_total", UGLY, ""].labels["status"] == "ok"
    assert read["calls_total", "", ""].labels == {}
    assert read["cost_dollars_total", "a", ""].value == 0.00008445
    assert read["limit_ratio", "", ""].value != read["limit_ratio", "", ""].value  # NaN
    assert [read["wait_seconds_bucket", UGLY, le].value for le in ("0.5", "1.0", "+Inf")] == [0, 1, 2]
    assert (read["wait_seconds_sum", UGLY, ""].value, read["wait_seconds_count", UGLY, ""].value) == (7.7, 2)
    assert read["size_bytes_bucket", "", "4.0"].value == 1


def test_openmetrics_reports_traces_and_births() -> None:
    """Exemplars and _created lines are there: they are what lets Prometheus see a first value."""
    read = samples(text_of(filled(), openmetrics=True), parse_openmetrics)

    exemplars = [read["calls_total", UGLY, ""].exemplar, read["wait_seconds_bucket", UGLY, "1.0"].exemplar]
    assert [exemplar and (exemplar.labels, exemplar.value, float(exemplar.timestamp)) for exemplar in exemplars] == [
        ({"trace_id": TRACE_ID}, 3.0, NOW),
        ({"trace_id": TRACE_ID}, 0.7, NOW),
    ]
    assert read["wait_seconds_bucket", UGLY, "+Inf"].exemplar is None
    assert read["calls_created", UGLY, ""].value == NOW
    assert read["wait_seconds_created", UGLY, ""].value == NOW


def test_text_has_neither_traces_nor_births() -> None:
    """The older format knows no exemplars, and a _created line would be a series of its own."""
    text = text_of(filled(), openmetrics=False)

    assert TRACE_ID not in text
    assert "_created" not in text


@pytest.mark.parametrize("openmetrics", [False, True], ids=["text", "OpenMetrics"])
def test_families_are_reported_even_when_empty(*, openmetrics: bool) -> None:
    """Every metric of the catalogue has its help and type before it has a sample."""
    text = text_of(MetricStore(METRICS), openmetrics=openmetrics)

    for metric in METRICS:
        is_base = openmetrics and metric.type == "counter"
        name = metric.name.removesuffix("_total") if is_base else metric.name
        assert f"# HELP {name} {metric.help}\n# TYPE {name} {metric.type}\n" in text


def test_a_large_exposition_comes_in_pieces() -> None:
    """Between two pieces the event loop has its turn."""
    store = MetricStore(CATALOGUE)
    for n in range(5000):
        store.families["calls_total"].add((f"m{n}", "ok"), 1, NOW)

    pieces = list(render(store, openmetrics=False))

    assert len(pieces) > 2
    assert max(piece.count("\n") for piece in pieces) <= 2001
    assert len(samples("".join(pieces), parse_text)) == 5000


def test_histograms_come_in_shorter_pieces() -> None:
    """A histogram is many lines: as many of them as of counters would hold ingest up for long."""
    store = MetricStore(CATALOGUE)
    for n in range(500):
        store.histograms["wait_seconds"].observe((f"m{n}",), 1, NOW)

    pieces = list(render(store, openmetrics=False))

    assert max(piece.count("wait_seconds_count") for piece in pieces) <= 128
    assert "".join(pieces).count("wait_seconds_count") == 500


def test_series_may_be_added_between_two_pieces() -> None:
    """A scrape that is under way survives new telemetry."""
    store = MetricStore(CATALOGUE)
    for n in range(5000):
        store.families["calls_total"].add((f"m{n}", "ok"), 1, NOW)
    pieces = render(store, openmetrics=False)

    next(pieces)
    store.families["calls_total"].add(("new", "ok"), 1, NOW)

    assert sum(piece.count("\n") for piece in pieces) > 0


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (10**18, "1000000000000000000"),
        (0.1, "0.1"),
        (Decimal("0.30"), "0.3"),
        (1e-9, "1e-09"),
        (float("nan"), "NaN"),
        (float("inf"), "+Inf"),
        (float("-inf"), "-Inf"),
    ],
)
def test_number(value: float | Decimal, text: str) -> None:
    """A number is its shortest text that reads back the same."""
    assert number(value) == text
