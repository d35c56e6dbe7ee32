"""OTLP spans: the dialects read their facts, and a trace learns when its root ended."""

from collections.abc import Sequence
from typing import Protocol

from watchkeeper.exporter.batch import Batch, FactT
from watchkeeper.exporter.normalise.coding_agents import SPAN_SCOPES
from watchkeeper.exporter.normalise.dialect import Normaliser
from watchkeeper.exporter.watch.deduplicator import LoggedCall, Reported, SpanFacts
from watchkeeper.exporter.watch.traces import Traces
from watchkeeper.model import Fact, LlmCall, Span
from watchkeeper.model.span import STATUS_ERROR


class Shorten(Protocol):
    """Takes what is too long out of a fact."""

    def __call__(self, fact: FactT, /) -> FactT:
        """The fact as it may wait in memory."""
        ...


class SpanReader:
    """Reads spans; ``traces`` are notified of every root, of which most belong to no client library of LLMs.

    ``shorten`` takes what is too long out of a fact, before it waits for anything.
    """

    def __init__(self, normaliser: Normaliser, traces: Traces, shorten: Shorten | None = None) -> None:
        self._normaliser = normaliser
        self._traces = traces
        self._shorten = shorten

    def read(self, span: Span, batch: Batch) -> Sequence[Reported]:
        """Return the span with its facts, or nothing where it has none."""
        if not span.parent_span_id and span.trace_id:
            self._end_root(span, batch)
        reading = self._normaliser.read(span)
        if reading.problems:
            batch.reject_values(reading.problems)
        if not reading.facts:
            batch.drop("normalise", "of_no_interest" if reading.is_recognised else "not_genai")
            return ()
        facts = batch.owned(reading.facts)
        if self._shorten is not None:
            facts = [self._shorten(fact) for fact in facts]
        if span.scope.startswith(SPAN_SCOPES):
            return [_agents(span, fact) for fact in facts]
        return (SpanFacts(span=span, facts=facts),)

    def _end_root(self, span: Span, batch: Batch) -> None:
        times_ns = span.start_ns or span.end_ns, span.end_ns
        has_failed = span.status_code == STATUS_ERROR
        self._traces.end_root(batch.tenant, span.trace_id, times_ns, batch.now, has_failed=has_failed)


def _agents(span: Span, fact: Fact) -> Reported:
    """A call of a coding agent waits for the event of the same, which reports more."""
    return LoggedCall(span=span, call=fact) if isinstance(fact, LlmCall) else SpanFacts(span=span, facts=(fact,))
