"""Random traffic, limits and orders: what folds loses detail and nothing else."""

from collections import Counter
from decimal import Decimal
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st
from tests.support.facts import NOW, make_call, make_context

from watchkeeper.exporter.sinks.metrics import MetricsSink
from watchkeeper.metrics.admission import OLDER, LabelAdmission
from watchkeeper.metrics.catalogue import METRICS
from watchkeeper.metrics.folding import OTHER, model_family
from watchkeeper.metrics.store import Family, HistogramFamily, MetricStore
from watchkeeper.model import Cost, LlmCall, Usage

IDENTITY = ("service", "team", "provider", "status")
DETAIL = ("operation", "model", "prompt", "prompt_version", "tenant")
CALLS = st.lists(
    st.builds(
        lambda service, provider, model, number, status, tokens: make_call(
            context=make_context(
                service=service,
                provider=provider,
                model=f"{model}-2024-01-{number + 10}",
                prompt=f"p{number % 3}",
                prompt_version=f"v{number}",
                tenant=f"t{number % 5}",
                operation=("chat", "embeddings")[number % 2],
            ),
            status=status,
            usage=Usage(input=tokens, output=tokens),
            cost=Cost(usd=Decimal(tokens) / 1000, source="override", price_date=""),
        ),
        st.sampled_from(["shop", "bank", "late"]),
        st.sampled_from(["openai", "anthropic"]),
        st.sampled_from(["gpt", "claude"]),
        st.integers(0, 19),
        st.sampled_from(["ok", "error", "timeout"]),
        st.integers(1, 1000),
    ),
    max_size=60,
)


def label_of(call: LlmCall, label: str) -> str:
    """What a call says of a label."""
    return call.status if label == "status" else str(getattr(call.context, label))


def sums(family: Family | HistogramFamily, *labels: str) -> Counter[tuple[str, ...]]:
    """The family's sums by some of its labels."""
    found: Counter[tuple[str, ...]] = Counter()
    places = [family.metric.labels.index(label) for label in labels]
    for values, series in family.series.items():
        amount = series.value if isinstance(family, Family) else sum(series.counts)  # type: ignore[union-attr]
        found[tuple(values[place] for place in places)] += amount
    return found


@given(calls=CALLS, limit=st.integers(0, 3000), places=st.integers(1, 30))
def test_sums_by_any_label_that_is_kept_are_exact(calls: list[LlmCall], limit: int, places: int) -> None:
    """Requests, dollars and tokens, by every set of labels that never fold, whatever capacity and places there are."""
    store = MetricStore(METRICS, limit)
    sink = MetricsSink(store, LabelAdmission(dict.fromkeys(DETAIL, places), lambda *_: None), lambda _: None)

    for call in calls:
        sink.take(call, NOW)

    for size in range(len(IDENTITY) + 1):
        for labels in combinations(IDENTITY, size):
            expected = Counter(tuple(label_of(call, label) for label in labels) for call in calls)
            assert sums(store.families["llm_requests_total"], *labels) == expected
    dollars = Counter[tuple[str, ...]]()
    for call in calls:
        dollars[call.context.service, call.context.team, call.context.provider] += call.cost.usd if call.cost else 0
    assert sums(store.families["llm_cost_dollars_total"], "service", "team", "provider") == dollars
    services = Counter((call.context.service,) for call in calls)
    assert sums(store.histograms["llm_request_duration_seconds"], "service") == services
    assert sums(store.histograms["llm_request_tokens"], "service", "type") == Counter(
        (call.context.service, kind) for call in calls for kind in ("input", "output")
    )


@given(calls=CALLS, limit=st.integers(0, 3000), places=st.integers(1, 30))
def test_a_detail_that_is_shown_is_true(calls: list[LlmCall], limit: int, places: int) -> None:
    """No series has more than was sent under its labels; what is missing is under other, older or the family."""
    store = MetricStore(METRICS, limit)
    sink = MetricsSink(store, LabelAdmission(dict.fromkeys(DETAIL, places), lambda *_: None), lambda _: None)

    for call in calls:
        sink.take(call, NOW)

    family = store.families["llm_requests_total"]
    for values, series in family.series.items():
        row = dict(zip(family.metric.labels, values, strict=True))
        assert series.value <= sum(could_be(call, row) for call in calls)


def could_be(call: LlmCall, row: dict[str, str]) -> bool:
    """Whether a call may have been counted in a series with these labels."""
    spellings = {label: {label_of(call, label), OTHER, OLDER} for label in row}
    spellings["model"].add(model_family(call.context.model))
    return all(value in spellings[label] for label, value in row.items())
