"""The flow of a record after it was received: normalise, enrich, watch, fan out."""

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeVar

import msgspec
import structlog

from watchkeeper.enrich.ownership import Ownership
from watchkeeper.enrich.price import PriceBook
from watchkeeper.enrich.privacy import UserHasher
from watchkeeper.enrich.redaction import Redactor
from watchkeeper.errors import InvalidValueError
from watchkeeper.ingest.events import NativeEvent
from watchkeeper.ingest.langfuse import LangfuseScore
from watchkeeper.metrics.store import MetricStore
from watchkeeper.model import Context, Fact, Incident, LlmCall, LogRecord, Rejection, Score, Span, Trace
from watchkeeper.model.span import STATUS_ERROR
from watchkeeper.normalise import evaluation
from watchkeeper.normalise.dialect import Normaliser
from watchkeeper.normalise.langfuse_scores import read_score
from watchkeeper.normalise.native import read_event
from watchkeeper.watch.memories import Memories
from watchkeeper.watch.same_call import Decision

log = structlog.get_logger()
Record = TypeVar("Record")
FactT = TypeVar("FactT", bound=Fact)

# Details of rejected records that a reply carries; the counters have the whole number.
_TOLD_DETAILS = 10
_END_OF_TIME_NS = 2**63


class Sink(Protocol):
    """Takes a fact at its time of arrival (Unix seconds)."""

    def take(self, fact: Fact, now: float, /) -> None:
        """Take one fact."""
        ...


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a batch: how many records were taken, and which were not and why."""

    accepted: int
    rejections: tuple[Rejection, ...]

    @property
    def detail(self) -> str:
        """The first reasons in one line, for a reply."""
        told = "; ".join(rejection.detail for rejection in self.rejections[:_TOLD_DETAILS])
        more = len(self.rejections) - _TOLD_DETAILS
        return f"{told}; and {more} more" if more > 0 else told


class Pipeline:
    """Takes decoded records to the sinks, and counts what does not get there."""

    def __init__(  # noqa: PLR0913  # the steps of the flow, each owned and built by app.py
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
        now = received_ns / 1e9
        return self._take_each("traces", enumerate(spans), unread, now, lambda span: self._take_span(span, now, tenant))

    def take_events(
        self,
        events: Sequence[tuple[int, NativeEvent]],
        unread: Sequence[Rejection],
        received_ns: int,
        *,
        tenant: str = "",
    ) -> Receipt:
        """Take a batch of native events with their places in it."""
        now = received_ns / 1e9

        def take(event: NativeEvent) -> None:
            fact, problems = read_event(event, received_ns)
            self._disbelieve("events", problems, now)
            if isinstance(fact, Score):
                self._take_score("events", fact, now, tenant)
            else:
                self._fan_out("events", self._enrich(_of_tenant(fact, tenant)), now)

        return self._take_each("events", events, unread, now, take)

    def take_logs(
        self, records: Sequence[LogRecord], unread: Sequence[Rejection], received_ns: int, *, tenant: str = ""
    ) -> Receipt:
        """Take a batch of OTLP log records: those that tell a score; the others are counted and left."""
        now = received_ns / 1e9

        def take(record: LogRecord) -> None:
            score = evaluation.from_log(record)
            if score is None:
                self._drop("normalise", "log_of_no_interest", now)
                return
            time_ns = score.context.time_ns or received_ns
            self._take_score("logs", msgspec.structs.replace(score, context=_at(score.context, time_ns)), now, tenant)

        return self._take_each("logs", enumerate(records), unread, now, take)

    def take_scores(
        self,
        scores: Sequence[tuple[int, LangfuseScore]],
        unread: Sequence[Rejection],
        received_ns: int,
        *,
        tenant: str = "",
    ) -> Receipt:
        """Take scores that a Langfuse SDK sent, with their places in the batch."""
        now = received_ns / 1e9

        def take(sent: LangfuseScore) -> None:
            self._take_score("scores", read_score(sent, received_ns), now, tenant)

        return self._take_each("scores", scores, unread, now, take)

    def take_incidents(self, incidents: Sequence[Incident], unread: Sequence[Rejection], received_ns: int) -> Receipt:
        """Take the alerts of a notification; one that was told before is counted again but not told again."""
        now = received_ns / 1e9
        return self._take_each(
            "alerts", enumerate(incidents), unread, now, lambda incident: self._take_incident(incident, now)
        )

    def _take_each(
        self,
        signal: str,
        records: Iterable[tuple[int, Record]],
        unread: Sequence[Rejection],
        now: float,
        take: Callable[[Record], None],
    ) -> Receipt:
        """Take every record by itself: one that fails is rejected, its neighbours count."""
        rejections = list(unread)
        accepted = 0
        for index, record in records:
            try:
                take(record)
                accepted += 1
            except InvalidValueError as error:
                rejections.append(Rejection(reason="invalid_value", detail=f"{signal}[{index}]: {error}", index=index))
            except Exception:
                log.exception("record_failed", signal=signal)
                detail = f"{signal}[{index}]: could not be processed, see the exporter's log"
                rejections.append(Rejection(reason="internal_error", detail=detail, index=index))
        self._disbelieve(signal, rejections, now)
        return Receipt(accepted=accepted, rejections=tuple(rejections))

    def _take_span(self, span: Span, now: float, tenant: str) -> None:
        if not span.parent_span_id and span.trace_id:
            times_ns, has_failed = (span.start_ns or span.end_ns, span.end_ns), span.status_code == STATUS_ERROR
            self._traces.end_root(tenant, span.trace_id, times_ns, now, has_failed=has_failed)
        reading = self._normaliser.read(span)
        if reading.problems:
            self._disbelieve("traces", reading.problems, now)
        if not reading.facts:
            self._drop("normalise", "of_no_interest" if reading.is_recognised else "not_genai", now)
            return
        if span.span_id and self._seen_spans.is_repeat(tenant + span.trace_id + span.span_id):
            self._drop("watch", "repeated_span", now)
            return
        for told in reading.facts:
            fact = _of_tenant(told, tenant) if tenant else told
            if isinstance(fact, LlmCall):
                self._count_calls(self._same_call.see(span, fact, int(now * 1e9), tenant), now)
            elif isinstance(fact, Score):
                self._take_score("traces", fact, now, tenant)
            else:
                self._fan_out("traces", self._enrich(fact), now)

    def release(self, now_ns: int) -> None:
        """Count the calls that waited for a better story long enough, and judge traces; called every moment."""
        now = now_ns / 1e9
        self._count_calls(self._same_call.due(now_ns), now)
        self._tell_traces(self._traces.due(now), now)

    def stop(self, now_ns: int) -> None:
        """Count what still waits, and judge the traces that are open."""
        now = now_ns / 1e9
        self._count_calls(self._same_call.due(_END_OF_TIME_NS), now)
        self._tell_traces(self._traces.stop(), now)

    def _tell_traces(self, traces: Iterable[Trace], now: float) -> None:
        for trace in traces:
            self._tell(trace, now)

    def _count_calls(self, decision: Decision, now: float) -> None:
        for call in decision.count:
            self._fan_out("traces", self._enrich(call), now)
        for _ in range(decision.repeated):
            self._drop("watch", "told_twice", now)

    def _take_score(self, signal: str, score: Score, now: float, tenant: str) -> None:
        """A score that came before, by this way or another, does not count again; ids are each tenant's own."""
        if score.score_id and self._seen_scores.is_repeat(tenant + score.score_id):
            self._drop("watch", "repeated_score", now)
        else:
            self._fan_out(signal, self._enrich(_of_tenant(score, tenant)), now)

    def _take_incident(self, incident: Incident, now: float) -> None:
        key = f"{incident.fingerprint} {incident.status} {incident.started_at}"
        if self._seen_incidents.is_repeat(key):
            incident = msgspec.structs.replace(incident, is_repeat=True)
        self._fan_out("alerts", self._redactor.redact(incident), now)

    def _enrich(self, fact: Fact) -> Fact:
        if isinstance(
            fact, LlmCall
        ):  # first: the price book knows the provider of a model, and owners may be told by it
            fact = self._price_book.price(fact)
        context = self._user_hasher.anonymise(self._ownership.complete(fact.context))
        return self._redactor.redact(msgspec.structs.replace(fact, context=context))

    def _fan_out(self, signal: str, fact: Fact, now: float) -> None:
        """Give the fact to every sink; one that fails does not keep it from the others."""
        self._records.add((signal, type(fact).__name__), 1, now)
        self._lag.set((), max(now - fact.context.time_ns / 1e9, 0.0))
        self._tell(fact, now)

    def _tell(self, fact: Fact, now: float) -> None:
        for sink in self._sinks:
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
