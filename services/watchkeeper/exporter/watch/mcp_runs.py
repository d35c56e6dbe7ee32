"""Runs of tools of MCP servers that another span is likely to report better, until that one had time to come.

A server knows what became of a run, and not whose it is; the SDK's client knows whose it is, and takes a tool's error
for an answer. Both together are one report, and neither counts where a span above them counted.
"""

from collections import OrderedDict
from collections.abc import Iterator
from sys import getsizeof

import msgspec

from watchkeeper.exporter.watch.keys import key_of
from watchkeeper.exporter.watch.same_call import Decision
from watchkeeper.exporter.watch.same_tool import SameTool
from watchkeeper.model import Fact, McpOperation, Span, ToolCall
from watchkeeper.model.span import KIND_SERVER

_MOST_BYTES = 16 * 1024 * 1024
# A span, its two facts and their context.
_BYTES = 2048


class _Report(msgspec.Struct, frozen=True, gc=False):
    """What one side reports of a run; ``span`` is without what was read of it."""

    span: Span
    run: ToolCall
    operation: McpOperation


class _Waiting(msgspec.Struct):
    """The reports of one run by the time at which their wait ends."""

    due_ns: int
    tenant: str
    client: _Report | None = None
    server: _Report | None = None
    size: int = 0


class McpRuns:
    """Waiting reports by the span of the client, bounded in number and bytes; the oldest has to go for a new one."""

    def __init__(self, same_tool: SameTool, *, linger_ns: int, capacity: int) -> None:
        self._same_tool = same_tool
        self._linger_ns = linger_ns
        self.capacity = capacity
        self.forgotten = 0
        self._bytes = 0
        self._waiting: OrderedDict[str, _Waiting] = OrderedDict()

    def __len__(self) -> int:
        return len(self._waiting)

    def see(self, span: Span, facts: tuple[McpOperation, ToolCall], now_ns: int, tenant: str) -> Decision:
        """Add one side's report, arriving at ``now_ns``; return what counts at once because of it."""
        operation, run = facts
        waiting = self._place(span, now_ns, tenant)
        report = _Report(msgspec.structs.replace(span, attributes={}, events=(), resource={}), run, operation)
        if span.kind == KIND_SERVER:
            waiting.server = report
        else:
            waiting.client = report
        size = _BYTES + _content_bytes(run)
        waiting.size += size
        self._bytes += size
        return self._settled(self._too_many())

    def _place(self, span: Span, now_ns: int, tenant: str) -> _Waiting:
        """Where the report of a span waits: at the client's span, or at its own below one that has another already."""
        new = _Waiting(now_ns + self._linger_ns, tenant)
        if span.kind == KIND_SERVER:
            at_client = self._waiting.setdefault(key_of(tenant, span.parent_span_id, within=span.trace_id), new)
            if at_client.server is None:
                return at_client
        return self._waiting.setdefault(key_of(tenant, span.span_id, within=span.trace_id), new)

    def due(self, now_ns: int) -> Decision:
        """What counts of the runs that have waited long enough; ``now_ns`` beyond all ends every wait."""
        return self._settled(self._take_due(now_ns))

    def _too_many(self) -> Iterator[_Waiting]:
        while len(self._waiting) > self.capacity or self._bytes > _MOST_BYTES:
            self.forgotten += 1
            yield self._pop()

    def _take_due(self, now_ns: int) -> Iterator[_Waiting]:
        while self._waiting and next(iter(self._waiting.values())).due_ns <= now_ns:
            yield self._pop()

    def _pop(self) -> _Waiting:
        _, waiting = self._waiting.popitem(last=False)
        self._bytes -= waiting.size
        return waiting

    def _settled(self, ended: Iterator[_Waiting]) -> Decision:
        count: list[Fact] = []
        repeated = 0
        for waiting in ended:
            for span, fact, name in _reported(waiting):
                if self._same_tool.is_duplicate(span, name, waiting.tenant):
                    repeated += 1
                else:
                    count.append(fact)
        return Decision(tuple(count), repeated)


def name_of(operation: McpOperation) -> tuple[str, str]:
    """What an operation is known by among the spans around it; no tool has such a name."""
    return operation.side, operation.method


def _reported(waiting: _Waiting) -> Iterator[tuple[Span, Fact, str | tuple[str, str]]]:
    """The run once, and the client's operation; the server's operation has counted already."""
    client, server = waiting.client, waiting.server
    if client is not None:
        run, operation = client.run, client.operation
        if server is not None and run.status == "ok":
            run, operation = _with_outcome(client, server)
        yield client.span, operation, name_of(operation)
        yield client.span, run, run.tool
    elif server is not None:
        yield server.span, server.run, server.run.tool


def _with_outcome(client: _Report, server: _Report) -> tuple[ToolCall, McpOperation]:
    """What the client reports, with what the server says became of it."""
    end = server.operation
    failed = {"error_type": end.error_type, "error_class": end.error_class}
    run = msgspec.structs.replace(client.run, status=server.run.status, **failed)
    return run, msgspec.structs.replace(client.operation, result=end.result, **failed)


def _content_bytes(run: ToolCall) -> int:
    return 0 if run.content is None else getsizeof(run.content.input) + getsizeof(run.content.output)
