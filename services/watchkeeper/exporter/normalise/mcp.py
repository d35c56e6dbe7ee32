"""Model Context Protocol: spans of clients and servers, by OpenTelemetry's conventions for MCP.

Each span is one request of the protocol. Of all its methods only ``tools/call`` is a run of a tool; the others, which
every session has some of, are operations and nothing more.
Source: opentelemetry.io/docs/specs/semconv/gen-ai/mcp.
"""

import re
from collections.abc import Sequence

import msgspec

from watchkeeper.exporter.normalise import otel_genai
from watchkeeper.exporter.normalise.dialect import Dialect
from watchkeeper.exporter.normalise.outcome import outcome
from watchkeeper.exporter.normalise.values import text_of
from watchkeeper.model import Context, Fact, McpOperation, McpResult, McpSide, Span
from watchkeeper.model.span import KIND_CLIENT, KIND_SERVER

METHOD = "mcp.method.name"
RUN_OF_A_TOOL = "tools/call"
# The requests of the protocol's versions up to 2026-07-28; what a program makes up takes no label of its own.
_METHODS = frozenset(
    {
        *("initialize", "server/discover", "ping", "completion/complete", "logging/setLevel"),
        *("tools/list", RUN_OF_A_TOOL, "prompts/list", "prompts/get"),
        *("resources/list", "resources/templates/list", "resources/read"),
        *("resources/subscribe", "resources/unsubscribe", "subscriptions/listen"),
        *("sampling/createMessage", "elicitation/create", "roots/list"),
        *("tasks/get", "tasks/result", "tasks/list", "tasks/cancel", "tasks/update"),
    }
)
_OTHER_METHOD = "other"
_TOOL_ERROR = "tool_error"
# An error of JSON-RPC is a number; a tool's own error is a result, and has a name.
_CODE = re.compile(r"-?\d+")
_SIDES: dict[int, McpSide] = {KIND_CLIENT: "client", KIND_SERVER: "server"}
# FastMCP's spans inside of a request, for servers that are mounted in others.
_OF_FASTMCP = "fastmcp.component.key"


def read(span: Span, context: Context) -> Sequence[Fact]:
    """The operation, and the run of a tool where it is one; steps inside of a request and notifications are nothing."""
    side = _side(span)
    method = text_of(span.attributes, METHOD)
    if not side or method.startswith("notifications/"):
        return ()
    if method != RUN_OF_A_TOOL:
        return (_operation(span, context, side, ""),)
    tool = _tool(span)
    reported = {otel_genai.OPERATION: "execute_tool", otel_genai.TOOL_NAME: tool}
    return (_operation(span, context, side, tool), *otel_genai.read_as(span, context, reported))


def may_have_better_report(span: Span) -> bool:
    """Whether another span is likely to say more of the same run of a tool.

    A server's, where a client's is above it: that one knows whose run it is. A client's without the attributes of a
    tool, as the SDK sends it: it sees the answer, and not that the answer is a tool's error.
    """
    if not span.span_id or text_of(span.attributes, METHOD) != RUN_OF_A_TOOL:
        return False
    if span.kind == KIND_SERVER:
        return bool(span.parent_span_id)
    return span.kind == KIND_CLIENT and otel_genai.TOOL_NAME not in span.attributes


DIALECT = Dialect(name="mcp", scopes=("fastmcp", "mcp-python-sdk"), markers=(METHOD,), read=read)


def _side(span: Span) -> McpSide | None:
    """Who reports it; a framework's span of a run that has the protocol's attributes too is the client's."""
    known = _SIDES.get(span.kind)
    if known or _OF_FASTMCP in span.attributes:
        return known
    return "client" if text_of(span.attributes, otel_genai.OPERATION) == "execute_tool" else None


def _tool(span: Span) -> str:
    """The tool's name, which the SDK's clients have in the span's name only."""
    return text_of(span.attributes, otel_genai.TOOL_NAME) or span.name.partition(RUN_OF_A_TOOL)[2].strip()


def _operation(span: Span, context: Context, side: McpSide, tool: str) -> McpOperation:
    method = text_of(span.attributes, METHOD)
    status, error_type, error_class = outcome(span)
    return McpOperation(
        context=msgspec.structs.replace(context, operation="", prompt="", prompt_version=""),
        side=side,
        method=method if method in _METHODS else _OTHER_METHOD,
        tool=tool,
        result="ok" if status == "ok" else _failed(side, tool, error_class),
        error_type=error_type,
        error_class=error_class,
        duration_seconds=span.duration_seconds,
    )


def _failed(side: McpSide, tool: str, error_class: str) -> McpResult:
    """A server names what a tool raised and answers with a result; a client's own exception is a lack of an answer."""
    if error_class == _TOOL_ERROR or (side == "server" and tool and not _CODE.fullmatch(error_class)):
        return "tool_error"
    return "protocol_error"
