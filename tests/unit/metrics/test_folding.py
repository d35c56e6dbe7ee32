"""Which details a series loses where capacity is short, and what capacity each service has."""

import pytest

from watchkeeper.metrics.capacity import SeriesCapacity
from watchkeeper.metrics.catalogue import METRICS, Metric
from watchkeeper.metrics.folding import OTHER, Ladder, model_family
from watchkeeper.metrics.store import MetricStore

CALLS = Metric("calls_total", "counter", ("service", "model", "prompt_version", "status"), "Calls.")
SECONDS = Metric("seconds", "histogram", ("service",), "Seconds.", (1.0, 2.0))
LIMIT = Metric("limit", "gauge", ("alert",), "Limit.")
IDENTITY = {"service", "team", "provider", "status", "error_type"}


@pytest.mark.parametrize(
    ("model", "family"),
    [
        ("gpt-4o-mini-2024-07-18", "gpt-4o-mini"),
        ("claude-sonnet-4-20250514", "claude-sonnet-4"),
        ("claude-3-5-haiku@20241022", "claude-3-5-haiku"),
        ("anthropic.claude-3-5-sonnet-20241022-v2:0", "anthropic.claude-3-5-sonnet"),
        ("gemini-2.5-pro-preview-05-06", "gemini-2.5-pro"),
        ("mistral-large-latest", "mistral-large"),
        ("llama3:8b-instruct", "llama3"),
        ("gpt-4o", "gpt-4o"),
        ("20250514", "20250514"),
        ("-latest", "-latest"),
    ],
)
def test_the_family_of_a_model(model: str, family: str) -> None:
    """Without its date, version and variant; a name of nothing else stays."""
    assert model_family(model) == family


def test_details_are_lost_one_after_the_other() -> None:
    """Version, prompt, tenant, operation, the model to its family and then altogether; what is empty stays empty."""
    labels = ("service", "team", "operation", "provider", "model", "prompt", "prompt_version", "tenant")
    values = ("shop", "search", "chat", "openai", "gpt-4o-2024-08-06", "", "v1", "acme")

    rungs = list(Ladder(labels).rungs(values))

    assert [rung[2:] for rung in rungs] == [
        ("chat", "openai", "gpt-4o-2024-08-06", "", "v1", "acme"),
        ("chat", "openai", "gpt-4o-2024-08-06", "", OTHER, "acme"),
        ("chat", "openai", "gpt-4o-2024-08-06", "", OTHER, OTHER),
        (OTHER, "openai", "gpt-4o-2024-08-06", "", OTHER, OTHER),
        (OTHER, "openai", "gpt-4o", "", OTHER, OTHER),
        (OTHER, "openai", OTHER, "", OTHER, OTHER),
    ]


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_identity_is_never_lost(metric: Metric) -> None:
    """Service, team, provider, status and kind of error stay in every metric that has them."""
    values = tuple(f"a-{label}" for label in metric.labels)

    *_, last = Ladder(metric.labels).rungs(values)

    kept = {label for label, before, after in zip(metric.labels, values, last, strict=True) if before == after}
    assert IDENTITY & set(metric.labels) <= kept


def test_without_capacity_new_series_lose_detail() -> None:
    """A new one counts where there is a series with less detail; old series go on, and no one loses its name."""
    store = MetricStore((CALLS,), limit=2)
    calls = store.families["calls_total"]

    for version in ("v1", "v2", "v3", "v1"):
        calls.add(("shop", "gpt-4o", version, "ok"), 1, 0.0)
    calls.add(("shop", "gpt-4o", "v4", "error"), 1, 0.0)
    calls.add(("late", "gpt-4o", "v1", "ok"), 1, 0.0)

    assert {values: series.value for values, series in calls.series.items()} == {
        ("shop", "gpt-4o", "v1", "ok"): 2,
        ("shop", OTHER, OTHER, "ok"): 2,
        ("shop", OTHER, OTHER, "error"): 1,
        ("late", OTHER, OTHER, "ok"): 1,
    }
    assert store.capacity.folded == {
        ("shop", "model"): 3, ("shop", "prompt_version"): 3, ("late", "model"): 1, ("late", "prompt_version"): 1,
    }  # fmt: skip


def test_gauges_are_never_refused() -> None:
    """Limits of alerts must be there forevery service that has series."""
    store = MetricStore((LIMIT,), limit=1)

    for alert in ("A", "B", "C"):
        store.families["limit"].set((alert,), 1)
    store.families["limit"].drop(("A",))
    store.families["limit"].drop(("never",))

    assert set(store.families["limit"].series) == {("B",), ("C",)}
    assert store.series_count() == 2


def test_a_series_that_ended_gives_its_capacity_back() -> None:
    """All of it, of whichever kind it was."""
    store = MetricStore((CALLS, SECONDS), limit=1000)
    store.families["calls_total"].add(("shop", "gpt-4o", "v1", "ok"), 1, 0.0)
    store.histograms["seconds"].observe(("shop",), 1, 0.0)
    assert store.series_count() == store.capacity.used_by["shop"] == 1 + 5

    ended = store.end_untouched(since=1.0)

    assert ended == {"calls_total": 1, "seconds": 1}
    assert (store.series_count(), store.capacity.used_by) == (0, {})


def test_one_service_takes_no_more_than_what_it_leaves() -> None:
    """Of the capacity that is not reserved, half; the next takes half of the rest."""
    capacity = SeriesCapacity(100_000)
    taken = {}

    for service in ("greedy", "also"):
        while capacity.has_capacity(service, 10):
            capacity.take(service, 10)
        taken[service] = capacity.used_by[service]

    assert taken["greedy"] == pytest.approx(100 + 80_000 / 2, abs=10)
    assert taken["also"] == pytest.approx(100 + 80_000 / 4, abs=10)


def test_every_service_has_its_floor() -> None:
    """Two hundred of them, however much others would take."""
    capacity = SeriesCapacity(100_000)
    for service in ("greedy", "also", "third", "fourth"):
        while capacity.has_capacity(service, 10):
            capacity.take(service, 10)

    for number in range(196):
        assert capacity.has_capacity(f"quiet-{number}", 100)
        capacity.take(f"quiet-{number}", 100)

    assert capacity.used <= 100_000


def test_capacity_that_is_given_back_is_there_again() -> None:
    """Taking and giving back in any order leaves nothing behind."""
    capacity = SeriesCapacity(10_000)
    for samples in (5, 300, -200, 45, -150):
        capacity.take("shop", samples)

    assert (capacity.used, capacity.used_by, capacity._below_floor) == (0, {}, 0)
