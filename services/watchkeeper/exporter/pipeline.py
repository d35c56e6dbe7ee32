"""The flow of a record after it was received: normalise, enrich, watch, fan out."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeVar

import msgspec
import structlog

from watchkeeper.exporter.batch import Batch, Placed, Receipt
from watchkeeper.exporter.enrich.ownership import Ownership
from watchkeeper.exporter.enrich.price import PriceBook
from watchkeeper.exporter.enrich.privacy import UserHasher
from watchkeeper.exporter.enrich.redaction import Redactor
from watchkeeper.exporter.ingest.events import NativeEvent
from watchkeeper.exporter.ingest.langfuse import LangfuseScore
from watchkeeper.exporter.normalise import evaluation, inference_event
from watchkeeper.exporter.normalise.dialect import Normaliser
from watchkeeper.exporter.normalise.langfuse_scores import read_score
from watchkeeper.exporter.normalise.native import read_event
from watchkeeper.exporter.watch.keys import key_of
from watchkeeper.exporter.watch.memories import Memories
from watchkeeper.exporter.watch.same_call import Decision
from watchkeeper.metrics.store import MetricStore
from watchkeeper.model import Context, Fact, Incident, LlmCall, LogRecord, Rejection, Score, Span, ToolCall
from watchkeeper.model.span import STATUS_ERROR

log = structlog.get_logger()
Record = TypeVar("Record")
FactT = TypeVar("FactT", bound=Fact)

_END_OF_TIME_NS = 2**63


class Sink(Protocol):
    """Takes a fact at its time of arrival (Unix seconds)."""

    def take(self, fact: Fact, now: float, /) -> None:
        """Take one fact."""
        ...


class Pipeline:
    """Takes decoded records to the sinks, and counts what does not get there."""

    def __init__(  # noqa: PLR0913  # the steps of the flow, each owned and built by exporter.py
        self,
        *,
        normaliser: Normaliser,
        price_book: PriceBook,
        ownership: Ownership,
        user_hasher: UserHasher,
        redactor: Redactor,
        memories: Memories,
        sinks: Sequence[Sink],
        store: MetricStore,
    ) -> None:
        self._normaliser = normaliser
        self._price_book = price_book
        self._ownership = ownership
        self._user_hasher = user_hasher
        self._redactor = redactor
        self._seen_spans = memories.spans
        self._same_call = memories.same_call
        self._same_tool = memories.same_tool
        self._logged_calls = memories.logged_calls
        self._seen_scores = memories.scores
        self._seen_incidents = memories.incidents
        self._traces = memories.traces
        self._sinks = sinks
        self._store = store
        self._records = store.families["watchkeeper_ingest_records_total"]
        self._lag = store.families["watchkeeper_ingest_lag_seconds"]

    def take_spans(
        self, spans: Sequence[Span], unread: Sequence[Rejection], received_ns: int, *, tenant: str = ""
    ) -> Receipt:
        """Take a batch of spans; ``unread`` could not be decoded, ``tenant`` wins over what the records say."""
        batch = Batch("traces", received_ns, unread, tenant)
        for part in batch.parts(list(enumerate(spans))):
            told = batch.each(part, self._read_span)
            self._finish(batch, batch.each(told, self._judge))
        return self._receipt(batch, len(spans))

    def take_events(
        self,
        events: Sequence[tuple[int, NativeEvent]],
        unread: Sequence[Rejection],
        received_ns: int,
        *,
        tenant: str = "",
    ) -> Receipt:
        """Take a batch of native events with their places in it."""
        return self._take(Batch("events", received_ns, unread, tenant), events, self._read_event)

    def take_logs(
        self, records: Sequence[LogRecord], unread: Sequence[Rejection], received_ns: int, *, tenant: str = ""
    ) -> Receipt:
        """Take a batch of OTLP log records: those that tell a score or a call; the others are counted and left."""
        return self._take(Batch("logs", received_ns, unread, tenant), list(enumerate(records)), self._read_log)

    def take_scores(
        self,
        scores: Sequence[tuple[int, LangfuseScore]],
        unread: Sequence[Rejection],
        received_ns: int,
        *,
        tenant: str = "",
    ) -> Receipt:
        """Take scores that a Langfuse SDK sent, with their places in the batch."""
        return self._take(Batch("scores", received_ns, unread, tenant), scores, self._read_sent_score)

    def take_incidents(self, incidents: Sequence[Incident], unread: Sequence[Rejection], received_ns: int) -> Receipt:
        """Take the alerts of a notification; one that was told before is counted again but not told again."""
        batch = Batch("alerts", received_ns, unread)
        known = batch.each(enumerate(incidents), self._know_incident)
        self._fan_out(batch.signal, [incident for _, incident in known], batch.now)
        return self._receipt(batch, len(incidents))

    def _take(
        self, batch: Batch, records: Sequence[Placed[Record]], read: Callable[[Record, Batch], Sequence[Fact]]
    ) -> Receipt:
        """Take records of which each tells its facts by itself."""
        for part in batch.parts(records):
            self._finish(batch, batch.each(part, read))
        return self._receipt(batch, len(records))

    def _finish(self, batch: Batch, facts: Sequence[Placed[Fact]]) -> None:
        """The steps that all facts of telemetry take."""
        enriched = batch.each(facts, self._enrich)
        self._fan_out(batch.signal, [fact for _, fact in enriched], batch.now)

    def _receipt(self, batch: Batch, count: int) -> Receipt:
        self._disbelieve(batch.signal, batch.rejections, batch.now)
        return batch.receipt(count)

    def _read_span(self, span: Span, batch: Batch) -> Sequence[tuple[Span, Fact]]:
        """What the span tells, if it did not come before."""
        now, tenant = batch.now, batch.tenant
        if not span.parent_span_id and span.trace_id:
            times_ns, has_failed = (span.start_ns or span.end_ns, span.end_ns), span.status_code == STATUS_ERROR
            self._traces.end_root(tenant, span.trace_id, times_ns, now, has_failed=has_failed)
        reading = self._normaliser.read(span)
        if reading.problems:
            self._disbelieve("traces", reading.problems, now)
        if not reading.facts:
            self._drop("normalise", "of_no_interest" if reading.is_recognised else "not_genai", now)
            return ()
        if span.span_id and self._seen_spans.is_repeat(key_of(tenant, span.span_id, within=span.trace_id)):
            self._drop("watch", "repeated_span", now)
            return ()
        return [(span, _of_tenant(fact, tenant)) for fact in reading.facts]

    def _judge(self, told: tuple[Span, Fact], batch: Batch) -> Sequence[Fact]:
        """What counts now of what a span tells: not what was told before, and not yet what may be told better."""
        span, fact = told
        if isinstance(fact, LlmCall):
            return self._counted(self._same_call.see(span, fact, batch.received_ns, batch.tenant), batch.now)
        if isinstance(fact, ToolCall):
            return self._new_tool_run(span, fact, batch)
        return self._new_score(fact, batch) if isinstance(fact, Score) else (fact,)

    def _read_event(self, event: NativeEvent, batch: Batch) -> Sequence[Fact]:
        fact, problems = read_event(event, batch.received_ns)
        self._disbelieve(batch.signal, problems, batch.now)
        fact = _of_tenant(fact, batch.tenant)
        return self._new_score(fact, batch) if isinstance(fact, Score) else (fact,)

    def _read_log(self, record: LogRecord, batch: Batch) -> Sequence[Fact]:
        if record.event_name == inference_event.EVENT:
            return self._read_call_event(inference_event.as_span(record, record.time_ns or batch.received_ns), batch)
        score = evaluation.from_log(record)
        if score is None:
            self._drop("normalise", "log_of_no_interest", batch.now)
            return ()
        time_ns = score.context.time_ns or batch.received_ns
        score = msgspec.structs.replace(score, context=_at(score.context, time_ns))
        return self._new_score(_of_tenant(score, batch.tenant), batch)

    def _read_call_event(self, told: Span, batch: Batch) -> Sequence[Fact]:
        """An event that tells a call waits until it is clear that no span does."""
        reading = self._normaliser.read(told)
        self._disbelieve(batch.signal, reading.problems, batch.now)
        calls = (_of_tenant(fact, batch.tenant) for fact in reading.facts if isinstance(fact, LlmCall))
        decisions = (self._logged_calls.see(told, call, batch.received_ns, batch.tenant) for call in calls)
        return [fact for decision in decisions for fact in self._counted(decision, batch.now)]

    def _read_sent_score(self, sent: LangfuseScore, batch: Batch) -> Sequence[Fact]:
        return self._new_score(_of_tenant(read_score(sent, batch.received_ns), batch.tenant), batch)

    def _new_score(self, score: Score, batch: Batch) -> Sequence[Fact]:
        """A score that came before, by this way or another, does not count again; ids are each tenant's own."""
        if score.score_id and self._seen_scores.is_repeat(key_of(batch.tenant, score.score_id)):
            self._drop("watch", "repeated_score", batch.now)
            return ()
        return (score,)

    def _new_tool_run(self, span: Span, call: ToolCall, batch: Batch) -> Sequence[Fact]:
        if self._same_tool.is_told_before(span, call, batch.tenant):
            self._drop("watch", "told_twice", batch.now)
            return ()
        return (call,)

    def _know_incident(self, incident: Incident, _batch: Batch) -> Sequence[Fact]:
        key = key_of("", incident.fingerprint, within=f"{incident.status} {incident.started_at}")
        if self._seen_incidents.is_repeat(key):
            incident = msgspec.structs.replace(incident, is_repeat=True)
        return (self._redactor.redact(incident),)

    def _enrich(self, fact: Fact, _batch: Batch) -> Sequence[Fact]:
        if isinstance(fact, LlmCall):  # first: the price book knows a model's provider, and owners may be told by it
            fact = self._price_book.price(fact)
        context = self._user_hasher.anonymise(self._ownership.complete(fact.context))
        return (self._redactor.redact(msgspec.structs.replace(fact, context=context)),)

    def release(self, now_ns: int) -> None:
        """Count the calls that waited for a better story long enough, and judge traces; called every moment."""
        self._release(now_ns, now_ns)
        self._tell(self._traces.due(now_ns / 1e9), now_ns / 1e9)

    def stop(self, now_ns: int) -> None:
        """Count what still waits, and judge the traces that are open."""
        self._release(_END_OF_TIME_NS, now_ns)
        self._tell(self._traces.stop(), now_ns / 1e9)

    def _release(self, until_ns: int, now_ns: int) -> None:
        for signal, waiting in (("traces", self._same_call), ("logs", self._logged_calls)):
            batch = Batch(signal, now_ns)
            self._finish(batch, list(enumerate(self._counted(waiting.due(until_ns), batch.now))))

    def _counted(self, decision: Decision, now: float) -> Sequence[Fact]:
        for _ in range(decision.repeated):
            self._drop("watch", "told_twice", now)
        return decision.count

    def _fan_out(self, signal: str, facts: Sequence[Fact], now: float) -> None:
        if not facts:
            return
        for kind, count in Counter(map(type, facts)).items():
            self._records.add((signal, kind.__name__), count, now)
        self._lag.set((), max(now - facts[-1].context.time_ns / 1e9, 0.0))
        self._tell(facts, now)

    def _tell(self, facts: Sequence[Fact], now: float) -> None:
        """Give the facts to every sink; one that fails on a fact keeps it from no other."""
        for sink in self._sinks:
            for fact in facts:
                try:
                    sink.take(fact, now)
                except Exception:
                    log.exception("sink_failed", sink=type(sink).__name__)
                    self._drop(type(sink).__name__, "sink_failed", now)

    def _disbelieve(self, signal: str, problems: Iterable[Rejection], now: float) -> None:
        for problem in problems:
            self._count("watchkeeper_ingest_rejected_total", (signal, problem.reason), now)

    def _drop(self, stage: str, reason: str, now: float) -> None:
        self._count("watchkeeper_ingest_dropped_total", (stage, reason), now)

    def _count(self, metric: str, values: tuple[str, ...], now: float) -> None:
        self._store.families[metric].add(values, 1, now)


def _at(context: Context, time_ns: int) -> Context:
    return msgspec.structs.replace(context, time_ns=time_ns)


def _of_tenant(fact: FactT, tenant: str) -> FactT:
    """The fact as the tenant's whose token came with it, whatever the telemetry says."""
    if not tenant:
        return fact
    return msgspec.structs.replace(fact, context=msgspec.structs.replace(fact.context, tenant=tenant))
