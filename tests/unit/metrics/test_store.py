from decimal import Decimal

import pytest
from tests.support.facts import NOW, TRACE_ID

from watchkeeper.metrics.catalogue import Metric
from watchkeeper.metrics.escaping import label_text
from watchkeeper.metrics.store import Exemplar, MetricStore

METRICS = (
    Metric("calls_total", "counter", ("model",), "Calls."),
    Metric("limit", "gauge", (), "A limit."),
    Metric("seconds", "histogram", ("model",), "Seconds.", (0.5, 1.0)),
)


def test_a_counter_adds_up() -> None:
    """Each label set counts by itself, from the time it was born."""
    calls = MetricStore(METRICS).families["calls_total"]

    calls.add(("a",), 1, NOW)
    calls.add(("a",), 2, NOW + 5)
    calls.add(("b",), 1, NOW + 9)

    assert {values: (series.value, series.created) for values, series in calls.series.items()} == {
        ("a",): (3, NOW),
        ("b",): (1, NOW + 9),
    }


def test_money_stays_exact() -> None:
    """A million small amounts have no rounding error."""
    cost = MetricStore(METRICS).families["calls_total"]

    for _ in range(1000):
        cost.add(("a",), Decimal("0.1"), NOW)

    assert cost.series[("a",)].value == Decimal(100)


def test_the_newest_trace_is_the_exemplar() -> None:
    """A counted trace can be looked at; one without an id leaves the last."""
    calls = MetricStore(METRICS).families["calls_total"]

    calls.add(("a",), 1, NOW, TRACE_ID)
    calls.add(("a",), 2, NOW + 1)

    assert calls.series[("a",)].exemplar == Exemplar(TRACE_ID, 1.0, NOW)


def test_a_gauge_is_what_was_set_last() -> None:
    """A gauge forgets what it was."""
    limit = MetricStore(METRICS).families["limit"]

    limit.set((), 3)
    limit.set((), 1)

    assert limit.series[()].value == 1


@pytest.mark.parametrize(
    ("value", "counts"),
    [(0.2, [1, 0, 0]), (0.5, [1, 0, 0]), (0.7, [0, 1, 0]), (1.0, [0, 1, 0]), (9.0, [0, 0, 1])],
    ids=["below the first", "on the first bound", "between", "on the last bound", "beyond"],
)
def test_a_value_falls_into_one_bucket(value: float, counts: list[int]) -> None:
    """A bound belongs to its own bucket, as Prometheus has it (le)."""
    seconds = MetricStore(METRICS).histograms["seconds"]

    seconds.observe(("a",), value, NOW, TRACE_ID)

    series = seconds.series[("a",)]
    assert (series.counts, series.sum) == (counts, value)
    assert series.exemplars == {counts.index(1): Exemplar(TRACE_ID, value, NOW)}


def test_series_are_counted_as_a_scrape_shows_them() -> None:
    """A histogram is its buckets, +Inf, sum and count."""
    store = MetricStore(METRICS)
    store.families["calls_total"].add(("a",), 1, NOW)
    store.histograms["seconds"].observe(("a",), 1, NOW)

    assert store.series_count() == 1 + (2 + 3)
    assert sorted(store.label_rows()) == [(("model",), ("a",), 0.0), (("model",), ("a",), 0.0)]


@pytest.mark.parametrize(
    ("names", "values", "text"),
    [
        pytest.param((), (), "", id="no labels"),
        pytest.param(("a", "b"), ("x", ""), '{a="x"}', id="an empty value is no label"),
        pytest.param(("a",), ("",), "", id="only empty values"),
        pytest.param(("a",), ('q"\\\n',), '{a="q\\"\\\\\\n"}', id="quotes, backslashes and line ends are escaped"),
    ],
)
def test_label_text(names: tuple[str, ...], values: tuple[str, ...], text: str) -> None:
    """Labels are spelled as the exposition wants them."""
    assert label_text(names, values) == text
