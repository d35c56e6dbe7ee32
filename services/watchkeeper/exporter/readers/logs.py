"""OTLP log records: those that report a score or a model call; the others are counted and left."""

from collections.abc import Sequence

import msgspec

from watchkeeper.exporter.batch import Batch, FactT
from watchkeeper.exporter.normalise import coding_agents, evaluation, inference_event
from watchkeeper.exporter.normalise.dialect import Normaliser
from watchkeeper.exporter.readers.spans import Shorten
from watchkeeper.exporter.watch.deduplicator import LoggedCall, Reported, SpanFacts
from watchkeeper.model import LlmCall, LogRecord, Span


class LogReader:
    """Reads log records; a record of a call is read by the dialects, as the span that it describes."""

    def __init__(self, normaliser: Normaliser, shorten: Shorten | None = None) -> None:
        self._normaliser = normaliser
        self._shorten = shorten

    def read(self, record: LogRecord, batch: Batch) -> Sequence[Reported]:
        """Return the score or the calls of one record."""
        if record.event_name == inference_event.EVENT and not coding_agents.is_repeated_by(record):
            return self._calls(record, batch)
        if (span := coding_agents.event_as_span(record, batch.received_ns)) is not None:
            return self._agent_facts(span, batch)
        score = evaluation.from_log(record)
        if score is None:
            batch.drop("normalise", "log_of_no_interest")
            return ()
        context = msgspec.structs.replace(score.context, time_ns=score.context.time_ns or batch.received_ns)
        return batch.owned((msgspec.structs.replace(score, context=context),))

    def _agent_facts(self, span: Span, batch: Batch) -> Sequence[SpanFacts]:
        """A coding agent's event reports more than its span: it counts at once, and the span waits for it."""
        reading = self._normaliser.read(span)
        batch.reject_values(reading.problems)
        if not reading.facts:
            batch.drop("normalise", "log_of_no_interest")
            return ()
        return (SpanFacts(span=span, facts=self._shortened(batch.owned(reading.facts))),)

    def _calls(self, record: LogRecord, batch: Batch) -> Sequence[LoggedCall]:
        span = inference_event.as_span(record, record.time_ns or batch.received_ns)
        reading = self._normaliser.read(span)
        batch.reject_values(reading.problems)
        calls = [fact for fact in reading.facts if isinstance(fact, LlmCall)]
        return [LoggedCall(span=span, call=call) for call in self._shortened(batch.owned(calls))]

    def _shortened(self, facts: Sequence[FactT]) -> Sequence[FactT]:
        return [self._shorten(fact) for fact in facts] if self._shorten is not None else facts
