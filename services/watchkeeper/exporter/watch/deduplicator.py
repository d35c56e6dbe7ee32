"""Each thing counts once: which facts of what was read count now, whatever signal reported them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from watchkeeper.exporter.batch import Batch
from watchkeeper.exporter.normalise.mcp import may_have_better_report
from watchkeeper.exporter.watch.keys import key_of
from watchkeeper.exporter.watch.mcp_runs import name_of
from watchkeeper.exporter.watch.memories import Memories
from watchkeeper.exporter.watch.same_call import Decision
from watchkeeper.model import Fact, Incident, LlmCall, McpOperation, Score, Span, ToolCall


class SpanFacts(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The facts of one span, which other spans may report as well."""

    span: Span
    facts: Sequence[Fact]


class LoggedCall(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A call that a log record reports; ``span`` is the one that it describes, and that most often comes as well."""

    span: Span
    call: LlmCall


Reported = Fact | SpanFacts | LoggedCall


class Deduplicator:
    """Decides by the memories which facts count now: no duplicates, and none that may yet be reported better.

    A fact of a type that has no rule here always counts.
    """

    def __init__(self, memories: Memories) -> None:
        self._spans = memories.spans
        self._same_call = memories.same_call
        self._same_tool = memories.same_tool
        self._mcp_runs = memories.mcp_runs
        self._tool_ids = memories.tool_ids
        self._logged_calls = memories.logged_calls
        self._scores = memories.scores
        self._incidents = memories.incidents
        self._rules: Mapping[type, Callable[[Any, Batch], Iterable[Fact]]] = {
            SpanFacts: self._of_span,
            LoggedCall: self._of_log,
            Score: self._score,
            Incident: self._incident,
        }

    def unique(self, reported: Any, batch: Batch) -> Iterable[Fact]:
        """Return the facts that count of one ``Reported``; duplicates are noted on the batch."""
        rule = self._rules.get(type(reported))
        return (reported,) if rule is None else rule(reported, batch)

    def due(self, until_ns: int, now_ns: int) -> Iterator[tuple[Batch, Sequence[Fact]]]:
        """Yield what has waited for a better report until ``until_ns``, in a batch for each signal and kind."""
        memories = (("traces", self._same_call), ("traces", self._mcp_runs), ("logs", self._logged_calls))
        for signal, waiting in memories:
            batch = Batch(signal, now_ns)
            yield batch, _counted(waiting.due(until_ns), batch)

    def _of_span(self, reported: SpanFacts, batch: Batch) -> Iterator[Fact]:
        span = reported.span
        if span.span_id and self._spans.is_repeat(key_of(batch.tenant, span.span_id, within=span.trace_id)):
            batch.drop("watch", "repeated_span")
            return
        match reported.facts:
            case (McpOperation() as operation, ToolCall() as run) if may_have_better_report(span):
                yield from self._mcp_run(span, operation, run, batch)
                return
        for fact in reported.facts:
            if isinstance(fact, LlmCall):
                yield from _counted(self._same_call.see(span, fact, batch.received_ns, batch.tenant), batch)
            elif isinstance(fact, ToolCall):
                yield from self._tool_run(span, fact, batch)
            elif isinstance(fact, McpOperation):
                yield from self._mcp_operation(span, fact, batch)
            else:
                yield from self.unique(fact, batch)

    def _tool_run(self, span: Span, run: ToolCall, batch: Batch) -> Sequence[Fact]:
        is_known = run.call_id and self._tool_ids.is_repeat(key_of(batch.tenant, run.call_id))
        if is_known or self._same_tool.is_duplicate(span, run.tool, batch.tenant):
            batch.drop("watch", "told_twice")
            return ()
        return (run,)

    def _mcp_operation(self, span: Span, operation: McpOperation, batch: Batch) -> Sequence[Fact]:
        if self._same_tool.is_duplicate(span, name_of(operation), batch.tenant):
            batch.drop("watch", "told_twice")
            return ()
        return (operation,)

    def _mcp_run(self, span: Span, operation: McpOperation, run: ToolCall, batch: Batch) -> Iterator[Fact]:
        """A server's operation counts now: only the run is another's as well."""
        if operation.side == "server":
            yield from self._mcp_operation(span, operation, batch)
        yield from _counted(self._mcp_runs.see(span, (operation, run), batch.received_ns, batch.tenant), batch)

    def _of_log(self, reported: LoggedCall, batch: Batch) -> Sequence[Fact]:
        decision = self._logged_calls.see(reported.span, reported.call, batch.received_ns, batch.tenant)
        return _counted(decision, batch)

    def _score(self, score: Score, batch: Batch) -> Sequence[Fact]:
        """A score that came before does not count again, whichever way it came."""
        if score.score_id and self._scores.is_repeat(key_of(batch.tenant, score.score_id)):
            batch.drop("watch", "repeated_score")
            return ()
        return (score,)

    def _incident(self, incident: Incident, _batch: Batch) -> Sequence[Fact]:
        """An alert that came before counts again, and is marked as a reminder."""
        key = key_of("", incident.fingerprint, within=f"{incident.status} {incident.started_at}")
        is_repeat = self._incidents.is_repeat(key)
        return (msgspec.structs.replace(incident, is_repeat=True) if is_repeat else incident,)


def _counted(decision: Decision, batch: Batch) -> Sequence[Fact]:
    if decision.repeated:
        batch.drop("watch", "told_twice", decision.repeated)
    return decision.count
