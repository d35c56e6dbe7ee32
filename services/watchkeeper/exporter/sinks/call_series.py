"""The series that count model calls, found once for all calls with the same labels.

A call counts in about ten series. Looking each of them up by its seven to nine labels took most of the time of
counting (bench/ingest.py), so the series of one set of labels stay together here.
"""

from decimal import Decimal

from watchkeeper.metrics.folding import Ladder
from watchkeeper.metrics.store import Family, HistogramFamily, HistogramSeries, MetricStore, Series
from watchkeeper.model import LlmCall
from watchkeeper.model.ids import NO_TRACE_ID, TraceId, valid_trace_id
from watchkeeper.model.providers import SELF_HOSTED_REASON

# service, team, operation, provider, model, prompt, prompt_version: CALL of the metrics' catalogue
CallLabels = tuple[str, str, str, str, str, str, str]

# What calls of one set of labels take when they are new: see docs/decisions/0022-series-end.md.
_SAMPLES = 45
# The types of tokens of which sizes are counted: the others are parts of these, and nothing reads their percentiles.
_SIZED = frozenset({"input", "output"})
# Those that providers bill in, and a few more (ISO 4217).
_CURRENCIES = frozenset(
    {
        "AUD",
        "BRL",
        "CAD",
        "CHF",
        "CNY",
        "CZK",
        "DKK",
        "EUR",
        "GBP",
        "ILS",
        "INR",
        "JPY",
        "KRW",
        "NOK",
        "PLN",
        "RUB",
        "SEK",
    }
)


class CallRows:
    """Decides how much detail the labels of calls keep, for all their metrics alike: their ratios stay right."""

    def __init__(self, store: MetricStore) -> None:
        self._requests = store.families["llm_requests_total"]
        self._capacity = store.capacity
        self._ladder = Ladder(self._requests.metric.labels[:-1])
        self._rows: set[tuple[str, ...]] = set()
        self.refresh()

    def refresh(self) -> None:
        """Know the rows that have series, after some have ended."""
        self._rows = {values[:-1] for values in self._requests.series}

    def fit(self, labels: CallLabels, tenant: str) -> tuple[CallLabels, str]:
        """The labels with as much detail as there is capacity for."""
        row = self._ladder.fit((*labels, tenant), self._rows, self._capacity, _SAMPLES)
        self._rows.add(row)
        service, team, operation, provider, model, prompt, version, tenant = row
        return (service, team, operation, provider, model, prompt, version), tenant


class CallSeries:
    """Counts the calls of one set of labels; bounded by the closed sets of statuses, reasons and kinds of tokens.

    ``window`` is how many tokens the model reads at once; None where no one knows.
    """

    def __init__(self, store: MetricStore, labels: CallLabels, tenant: str, window: int | None = None) -> None:
        families, histograms = store.families, store.histograms
        with_tenant = (*labels, tenant)
        of_model = labels[:5]
        self._requests = _Counter(families["llm_requests_total"], with_tenant)
        self._errors = _Counter(families["llm_errors_total"], labels)
        self._reasons = _Counter(families["llm_finish_reasons_total"], labels)
        self._cost = _Counter(families["llm_cost_dollars_total"], with_tenant)
        self._disputed = _Counter(families["llm_cost_disputed_dollars_total"], labels[3:5])
        priced = (*labels[:2], *labels[3:5])
        self._cache_saved = _Counter(families["llm_prompt_cache_saved_dollars_total"], priced)
        self._cache_lost = _Counter(families["llm_prompt_cache_lost_dollars_total"], priced)
        self._unpriced = _Counter(families["llm_unpriced_requests_total"], labels[3:5])
        self._self_hosted = _Counter(families["llm_self_hosted_requests_total"], labels[3:5])
        self._foreign = _Counter(families["llm_foreign_cost_requests_total"], labels[3:5])
        self._estimated = _Counter(families["llm_estimated_usage_total"], labels)
        self._tokens = _Counter(families["llm_tokens_total"], with_tenant)
        self._duration = _Histogram(histograms["llm_request_duration_seconds"], labels)
        self._first_token = _Histogram(histograms["llm_time_to_first_token_seconds"], labels)
        self._per_token = _Histogram(histograms["llm_time_per_output_token_seconds"], of_model)
        self._request_tokens = _Histogram(histograms["llm_request_tokens"], of_model)
        self._request_cost = _Histogram(histograms["llm_request_cost_dollars"], of_model)
        self._window = window
        self._window_ratio = _Histogram(histograms["llm_context_window_ratio"], priced)

    def count(self, call: LlmCall, now: float) -> None:
        """Count one call that arrived ``now`` (Unix seconds)."""
        self._requests.add(1, now, call.status)
        if call.error_type:
            self._errors.add(1, now, call.error_type)
        for reason in call.finish_reasons:
            self._reasons.add(1, now, reason)
        if call.cost is not None:
            self._cost.add(call.cost.usd, now)
            self._request_cost.observe(float(call.cost.usd), now)
            if call.cost.is_disputed:
                self._disputed.add(call.cost.usd, now)
        elif call.unpriced_reason == SELF_HOSTED_REASON:
            self._self_hosted.add(1, now)
        elif call.unpriced_reason:
            self._unpriced.add(1, now, call.unpriced_reason)
        if call.cache_saved_usd:
            counter = self._cache_saved if call.cache_saved_usd > 0 else self._cache_lost
            counter.add(abs(call.cache_saved_usd), now)
        if call.foreign_cost is not None:
            self._foreign.add(1, now, _currency(call.foreign_cost.currency))
        if call.is_usage_estimated:
            self._estimated.add(1, now)
        self._count_times(call, now)
        self._count_tokens(call, now)

    def _count_times(self, call: LlmCall, now: float) -> None:
        trace_id = valid_trace_id(call.context.trace_id)
        duration, first = call.duration_seconds, call.time_to_first_token_seconds
        if duration is not None:
            self._duration.observe(duration, now, trace_id=trace_id)
        if first is None:
            return
        self._first_token.observe(first, now, trace_id=trace_id)
        output = call.usage.output or 0
        if duration is not None and output > 1:
            self._per_token.observe(max(duration - first, 0.0) / (output - 1), now, trace_id=trace_id)

    def _count_tokens(self, call: LlmCall, now: float) -> None:
        usage = call.usage
        for kind, tokens in (
            ("input", usage.input),
            ("output", usage.output),
            ("cached_input", usage.cached_input),
            ("cache_write", usage.cache_write),
            ("reasoning", usage.reasoning),
        ):
            if tokens is not None:
                self._tokens.add(tokens, now, kind)
                if kind in _SIZED:
                    self._request_tokens.observe(tokens, now, kind)
        if self._window and usage.input is not None:
            self._window_ratio.observe(usage.input / self._window, now)


def _currency(reported: str) -> str:
    """A label of few values, whatever clients write."""
    return reported if reported in _CURRENCIES else "other"


class _Counter:
    """A counter whose first labels are given; the last one, where there is another, comes with each addition.

    It creates the series it needs: whether these labels fit was decided for all metrics of calls together.
    """

    def __init__(self, family: Family, first: tuple[str, ...]) -> None:
        self._family = family
        self._life = family.life
        self._first = first
        self._series: dict[str | None, Series] = {}

    def add(self, amount: float | Decimal, now: float, last: str | None = None) -> None:
        """Increase the counter."""
        series = self._series.get(last)
        if series is None:
            values = self._first if last is None else (*self._first, last)
            series = self._series[last] = self._family.series.get(values) or self._family.create(values, now)
        series.value += amount  # type: ignore[operator]  # one counter is Decimal throughout or never
        series.touched = self._life.seconds


class _Histogram:
    """The same for a histogram."""

    def __init__(self, family: HistogramFamily, first: tuple[str, ...]) -> None:
        self._family = family
        self._life = family.life
        self._first = first
        self._bounds = family.metric.buckets
        self._series: dict[str | None, HistogramSeries] = {}

    def observe(self, value: float, now: float, last: str | None = None, *, trace_id: TraceId = NO_TRACE_ID) -> None:
        """Count one value."""
        series = self._series.get(last)
        if series is None:
            values = self._first if last is None else (*self._first, last)
            series = self._series[last] = self._family.series.get(values) or self._family.create(values, now)
        series.observe(self._bounds, value, now, trace_id)
        series.touched = self._life.seconds
