"""Places of labels for busy and known values, and the cap on series in all."""

from decimal import Decimal
from pathlib import Path

from watchkeeper.metrics import snapshot
from watchkeeper.metrics.admission import OTHER, LabelAdmission
from watchkeeper.metrics.catalogue import METRICS, Metric
from watchkeeper.metrics.store import MetricStore

CALLS = Metric("calls_total", "counter", ("service", "model", "status"), "Calls.")
SECONDS = Metric("seconds", "histogram", ("service",), "Seconds.", (1.0, 2.0))
LIMIT = Metric("limit", "gauge", ("alert",), "Limit.")
OVERFLOW = next(metric for metric in METRICS if metric.name == "watchkeeper_series_overflow_total")


def small_store(limit: int) -> MetricStore:
    """A store of one counter, one histogram of five samples and one gauge."""
    return MetricStore((CALLS, SECONDS, LIMIT, OVERFLOW), limit)


def full_admission(**known: set[str]) -> LabelAdmission:
    """Twenty places for models, of which the sixteen open ones are taken."""
    admission = LabelAdmission({"model": 20}, lambda _label: None, known)
    for n in range(16):
        assert admission.admit("model", f"first-{n}") == f"first-{n}"
    return admission


def test_the_last_places_are_earned_by_the_tenth_sighting() -> None:
    """A value that comes again and again gets one, and counts under other until then."""
    admission = full_admission()

    told = [admission.admit("model", "busy") for _ in range(11)]

    assert told == [OTHER] * 9 + ["busy"] * 2


def test_names_made_up_once_each_never_take_the_last_places() -> None:
    """Ten thousand of them leave room for the real one that comes in between."""
    admission = full_admission()

    for n in range(10_000):
        assert admission.admit("model", f"made-up-{n}") == OTHER
        if n % 100 == 0:
            admission.admit("model", "real")

    assert admission.admit("model", "real") == "real"


def test_known_values_take_any_place_at_once() -> None:
    """What is known to be real need not come often."""
    admission = full_admission(model={"gpt-4o"})

    assert admission.admit("model", "gpt-4o") == "gpt-4o"


def test_even_known_values_stop_at_the_limit() -> None:
    """The limit bounds what a sender can make of real names too."""
    admission = full_admission(model={f"known-{n}" for n in range(10)})

    told = [admission.admit("model", f"known-{n}") for n in range(10)]

    assert told == [f"known-{n}" for n in range(4)] + [OTHER] * 6


def test_without_room_new_series_share_one() -> None:
    """What is new counts under other, old series go on, and the state of a call stays told."""
    store = small_store(limit=2)
    calls = store.families["calls_total"]

    for model in ("a", "b", "c", "d", "a"):
        calls.add(("shop", model, "ok"), 1, 0.0)
    calls.add(("shop", "e", "error"), 1, 0.0)

    assert {values: series.value for values, series in calls.series.items()} == {
        ("shop", "a", "ok"): 2,
        ("shop", "b", "ok"): 1,
        (OTHER, OTHER, "ok"): 2,
        (OTHER, OTHER, "error"): 1,
    }


def test_what_found_no_room_is_counted_by_metric() -> None:
    """Each addition to a shared series counts once, counters and histograms alike."""
    store = small_store(limit=6)
    for service in ("a", "b", "c"):
        store.histograms["seconds"].observe((service,), 1.5, 0.0)
    store.families["calls_total"].add(("a", "m", "ok"), Decimal(1), 0.0)

    store.count_overflows(1.0)
    store.count_overflows(2.0)

    overflows = store.families["watchkeeper_series_overflow_total"].series
    assert {values: series.value for values, series in overflows.items()} == {("seconds",): 2, ("calls_total",): 1}
    assert sum(series.counts[1] for series in store.histograms["seconds"].series.values()) == 3


def test_gauges_are_never_refused() -> None:
    """Limits of alerts must be there for every service that has series."""
    store = small_store(limit=1)

    for alert in ("A", "B", "C"):
        store.families["limit"].set((alert,), 1)
    store.families["limit"].drop(("A",))
    store.families["limit"].drop(("never",))

    assert set(store.families["limit"].series) == {("B",), ("C",)}
    assert store.series_count() == 2


def test_restored_series_take_room(tmp_path: Path) -> None:
    """After a restart the exporter is as full as before."""
    before = small_store(limit=100)
    before.families["calls_total"].add(("a", "m", "ok"), 1, 0.0)
    before.histograms["seconds"].observe(("a",), 1.5, 0.0)
    snapshot.save(before, tmp_path)
    after = small_store(limit=100)

    snapshot.restore(after, tmp_path)

    assert after.series_count() == before.series_count() == 1 + 5
