"""Spans of the Model Context Protocol: which are operations, which are runs of tools, and whose an error was."""

import pytest
from tests.support.facts import make_span

from watchkeeper.exporter.normalise.catalogue import DIALECTS
from watchkeeper.exporter.normalise.dialect import Normaliser
from watchkeeper.exporter.normalise.mcp import may_have_better_report
from watchkeeper.model import AttributeValue, McpOperation, Span, ToolCall

INTERNAL, SERVER, CLIENT = 1, 2, 3
CALL: dict[str, AttributeValue] = {
    "mcp.method.name": "tools/call",
    "gen_ai.operation.name": "execute_tool",
    "gen_ai.tool.name": "find",
}


def span_of(kind: int, attributes: dict[str, AttributeValue], **changes: object) -> Span:
    """A span of some MCP library."""
    return make_span(attributes, kind=kind, **changes)


def operation_of(span: Span) -> McpOperation:
    """The operation that the span reports, first of its facts."""
    operation = Normaliser(DIALECTS).read(span).facts[0]
    assert isinstance(operation, McpOperation)
    return operation


@pytest.mark.parametrize(
    ("kind", "attributes", "facts"),
    [
        pytest.param(CLIENT, CALL, 2, id="a client's run of a tool"),
        pytest.param(SERVER, CALL, 2, id="a server's run of a tool"),
        pytest.param(INTERNAL, CALL, 2, id="a framework's own span of a run with the protocol's attributes"),
        pytest.param(CLIENT, {"mcp.method.name": "tools/list"}, 1, id="another method"),
        pytest.param(CLIENT, {"mcp.method.name": "notifications/progress"}, 0, id="a notification"),
        pytest.param(INTERNAL, {"mcp.method.name": "tools/list"}, 0, id="a step of a server"),
        pytest.param(INTERNAL, CALL | {"fastmcp.component.key": "tool:find@"}, 0, id="a server that is mounted"),
    ],
)
def test_only_requests_count_and_only_tools_call_is_a_run(
    kind: int, attributes: dict[str, AttributeValue], facts: int
) -> None:
    """An operation is one fact, a run of a tool two, and all else is of no interest."""
    reading = Normaliser(DIALECTS).read(span_of(kind, attributes))

    assert [type(fact) for fact in reading.facts] == [McpOperation, ToolCall][:facts]
    assert reading.is_recognised


@pytest.mark.parametrize(
    ("kind", "attributes", "error", "result"),
    [
        pytest.param(CLIENT, CALL, "tool_error", "tool_error", id="a client sees that the tool failed"),
        pytest.param(SERVER, CALL, "tool_error", "tool_error", id="a server reports that the tool failed"),
        pytest.param(SERVER, CALL, "ValueError", "tool_error", id="a server names what the tool raised"),
        pytest.param(SERVER, CALL, "-32602", "protocol_error", id="a server refuses the request"),
        pytest.param(CLIENT, CALL, "-32602", "protocol_error", id="a client is refused"),
        pytest.param(CLIENT, CALL, "TimeoutError", "protocol_error", id="a client waits too long"),
        pytest.param(
            SERVER, {"mcp.method.name": "resources/read"}, "KeyError", "protocol_error", id="a server breaks elsewhere"
        ),
    ],
)
def test_a_tools_error_is_not_one_of_the_protocol(
    kind: int, attributes: dict[str, AttributeValue], error: str, result: str
) -> None:
    """Who wrote the tool mends the one, who runs client and server the other."""
    operation = operation_of(span_of(kind, attributes | {"error.type": error}, status_code=2))

    assert (operation.result, operation.error_class) == (result, error)


def test_the_sdk_names_the_tool_in_the_spans_name_only() -> None:
    """It is a run of that tool all the same."""
    span = span_of(CLIENT, {"mcp.method.name": "tools/call"}, name="MCP send tools/call find order")

    operation, run = Normaliser(DIALECTS).read(span).facts

    assert isinstance(operation, McpOperation)
    assert isinstance(run, ToolCall)
    assert (operation.tool, run.tool) == ("find order", "find order")


def test_a_method_that_someone_made_up_takes_no_label() -> None:
    """Methods are a closed set in metrics, so that no sender can make series of them."""
    assert operation_of(span_of(CLIENT, {"mcp.method.name": "x" * 9999})).method == "other"


def test_a_prompt_of_the_protocol_is_no_prompt_of_a_model() -> None:
    """The name of a template that a server offers is not the prompt of a call."""
    span = span_of(SERVER, {"mcp.method.name": "prompts/get", "gen_ai.prompt.name": "ask"})

    assert operation_of(span).context.prompt == ""


@pytest.mark.parametrize(
    ("span", "is_expected"),
    [
        pytest.param(span_of(SERVER, CALL, parent_span_id="a" * 16), True, id="a server below its client"),
        pytest.param(span_of(SERVER, CALL), False, id="a server whose client sends no trace"),
        pytest.param(span_of(CLIENT, {"mcp.method.name": "tools/call"}), True, id="the SDK's client"),
        pytest.param(span_of(CLIENT, CALL, parent_span_id="a" * 16), False, id="a client that knows the outcome"),
        pytest.param(span_of(SERVER, {"mcp.method.name": "ping"}, parent_span_id="a" * 16), False, id="another method"),
    ],
)
def test_who_waits_for_a_better_report(span: Span, *, is_expected: bool) -> None:
    """A server's span, and a client's that cannot tell a tool's error from an answer."""
    assert may_have_better_report(span) is is_expected
