"""Money, labels and sums."""

from datetime import UTC, datetime
from decimal import Decimal

from genai_prices.data_snapshot import get_snapshot
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text
from tests.support.facts import NOW, NOW_NS, TRACE_ID, make_call, make_context
from tests.support.strategies import usages

from watchkeeper.metrics.admission import LabelAdmission
from watchkeeper.metrics.catalogue import Metric
from watchkeeper.metrics.exposition import render
from watchkeeper.metrics.folding import OTHER
from watchkeeper.metrics.store import MetricStore
from watchkeeper.model import Usage
from watchkeeper.prices import genai
from watchkeeper.prices.book import PriceBook

DAY = datetime.fromtimestamp(NOW_NS / 1e9, UTC).date()
FIXED = sorted(
    (provider.id, model.id)
    for provider in get_snapshot().providers
    for model in provider.models
    if genai.shipped().find_model(provider.id, model.id) and genai.shipped().rates_by_size(provider.id, model.id, DAY)
)
CATALOGUE = (
    Metric("calls_total", "counter", ("model", "tool"), "Calls."),
    Metric("cost_dollars_total", "counter", ("model",), "Cost."),
    Metric("size_bytes", "histogram", ("model",), "Sizes.", (1.0, 10.0, 100.0)),
)
ANY_TEXT = st.text(max_size=20)


def dollars(provider: str, model: str, usage: Usage) -> Decimal:
    """What the price book says a call costs."""
    call = PriceBook().price(make_call(context=make_context(provider=provider, model=model), usage=usage))
    assert call.cost is not None
    return call.cost.usd


def plus(one: Usage, two: Usage) -> Usage:
    """The tokens of two calls together."""
    reported = {
        name: getattr(one, name) + getattr(two, name)
        for name in Usage.__struct_fields__
        if getattr(one, name) is not None
    }
    return Usage(**reported)


@given(model=st.sampled_from(FIXED), one=usages(), two=usages())
def test_prices_add_up(model: tuple[str, str], one: Usage, two: Usage) -> None:
    """Two calls cost what their tokens together cost, to the last digit."""
    assert dollars(*model, one) + dollars(*model, two) == dollars(*model, plus(one, two))


@given(model=st.sampled_from(FIXED), usage=usages())
def test_no_call_costs_less_than_nothing(model: tuple[str, str], usage: Usage) -> None:
    """A price is never negative, and calls without tokens are free."""
    assert dollars(*model, usage) >= 0


@given(values=st.lists(ANY_TEXT, max_size=60), limit=st.integers(1, 10))
def test_admission_is_bounded(values: list[str], limit: int) -> None:
    """A label never takes more values than its limit and other, and every refusal is reported."""
    overflows: list[str] = []
    admission = LabelAdmission({"model": limit}, lambda label, _service: overflows.append(label))

    admitted = [admission.admit("model", value) for value in values]

    assert len(set(admitted) - {"", OTHER}) <= limit
    assert all(use.values <= limit for use in admission.use())
    places = admission._places.get(("model", ""), ())
    assert len(overflows) == sum(
        bool(value) and answer == OTHER and value not in places._values
        for value, answer in zip(values, admitted, strict=True)
    )


@given(rows=st.lists(st.tuples(ANY_TEXT, ANY_TEXT, st.integers(1, 10**12), st.floats(0, 1e9)), max_size=10))
def test_the_exposition_always_parses(rows: list[tuple[str, str, int, float]]) -> None:
    """Whatever senders put into labels, both formats are read back by prometheus_client."""
    admission = LabelAdmission({}, lambda _label, _service: None)
    store = MetricStore(CATALOGUE)
    for model, tool, count, size in rows:
        labels = (admission.admit("model", model), admission.admit("tool", tool))
        store.families["calls_total"].add(labels, count, NOW, TRACE_ID)
        store.histograms["size_bytes"].observe(labels[:1], size, NOW, TRACE_ID)

    text = "".join(render(store, openmetrics=False))
    openmetrics = "".join(render(store, openmetrics=True)) + "# EOF\n"

    for families in (parse_text(text), parse_openmetrics(openmetrics)):
        samples = [sample for family in families for sample in family.samples]
        assert sum(s.value for s in samples if s.name == "calls_total") == sum(count for _, _, count, _ in rows)


@given(amounts=st.lists(st.tuples(st.sampled_from("abc"), st.decimals(0, 10**6, places=12)), max_size=50))
def test_sums_are_what_was_added(amounts: list[tuple[str, Decimal]]) -> None:
    """Money adds up exactly, by label and in all."""
    cost = MetricStore(CATALOGUE).families["cost_dollars_total"]

    for model, amount in amounts:
        cost.add((model,), amount, NOW)

    for (model,), series in cost.series.items():
        assert series.value == sum(amount for name, amount in amounts if name == model)


@given(values=st.lists(st.integers(0, 10**4), min_size=1, max_size=50))
def test_a_histogram_counts_everything_once(values: list[int]) -> None:
    """Buckets, count and sum report the same values."""
    store = MetricStore(CATALOGUE)

    for value in values:
        store.histograms["size_bytes"].observe(("a",), value, NOW)

    (series,) = store.histograms["size_bytes"].series.values()
    assert sum(series.counts) == len(values)
    assert series.sum == sum(values)
    bounds = (1.0, 10.0, 100.0)
    assert [sum(series.counts[: n + 1]) for n in range(3)] == [sum(v <= bound for v in values) for bound in bounds]
