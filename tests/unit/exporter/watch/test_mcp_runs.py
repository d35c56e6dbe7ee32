"""Runs of tools of MCP servers that wait for a better report."""

from tests.support.facts import make_context, make_span

from watchkeeper.exporter.watch.mcp_runs import McpRuns
from watchkeeper.exporter.watch.same_call import Decision
from watchkeeper.exporter.watch.same_tool import SameTool
from watchkeeper.model import Content, Fact, McpOperation, Span, ToolCall

SERVER, CLIENT = 2, 3
LINGER = 7
FOREVER = 10**9


def pair(side: str, *, status: str = "ok", content: str = "") -> tuple[McpOperation, ToolCall]:
    """What one side reports of a run, in its own service."""
    context = make_context(service=side)
    has_failed = status != "ok"
    errors = {"error_type": "other", "error_class": "tool_error"} if has_failed else {}
    operation = McpOperation(
        context=context,
        side="server" if side == "server" else "client",
        method="tools/call",
        tool="find",
        result="tool_error" if has_failed else "ok",
        **errors,
    )
    said = Content(input=content) if content else None
    return operation, ToolCall(
        context=context, tool="find", status="error" if has_failed else "ok", content=said, **errors
    )


def client_span(span_id: str = "c", parent: str = "") -> Span:
    """The SDK's span of a run."""
    return make_span(kind=CLIENT, span_id=span_id, parent_span_id=parent, scope="mcp-python-sdk")


def server_span(span_id: str = "s", parent: str = "c") -> Span:
    """The server's span of a run, below the client's."""
    return make_span(kind=SERVER, span_id=span_id, parent_span_id=parent, scope="fastmcp")


def runs(capacity: int = 100) -> McpRuns:
    """A memory of its own."""
    return McpRuns(SameTool(100), linger_ns=LINGER, capacity=capacity)


def services(facts: Decision) -> list[tuple[str, str]]:
    """Whose facts count, by kind."""
    return [(type(fact).__name__, fact.context.service) for fact in facts.count]


def test_both_sides_are_one_run_of_the_client_with_the_outcome_of_the_server() -> None:
    """The client saw an answer, the server that it was an error."""
    for is_server_first in (True, False):
        waiting = runs()
        reports = [(client_span(), pair("client")), (server_span(), pair("server", status="error"))]
        for span, facts in reversed(reports) if is_server_first else reports:
            waiting.see(span, facts, 0, "")

        ended = waiting.due(LINGER)

        assert services(ended) == [("McpOperation", "client"), ("ToolCall", "client")]
        operation, run = ended.count
        assert isinstance(operation, McpOperation)
        assert isinstance(run, ToolCall)
        assert (operation.result, run.status, run.error_class) == ("tool_error", "error", "tool_error")


def test_what_the_client_failed_at_stays() -> None:
    """It waited too long for a run that went well."""
    waiting = runs()
    waiting.see(client_span(), pair("client", status="error"), 0, "")
    waiting.see(server_span(), pair("server"), 0, "")

    _, run = waiting.due(LINGER).count

    assert isinstance(run, ToolCall)
    assert run.status == "error"


def test_one_side_alone_counts_after_its_wait() -> None:
    """And not before; the server's operation counted when it came."""
    waiting = runs()
    waiting.see(server_span(), pair("server"), 0, "")

    assert waiting.due(LINGER - 1) == Decision()
    assert services(waiting.due(LINGER)) == [("ToolCall", "server")]
    assert len(waiting) == 0


def test_nothing_counts_below_a_run_that_counted() -> None:
    """A client's library above the SDK reported it, with what the tool answered."""
    same_tool = SameTool(100)
    same_tool.is_duplicate(make_span(kind=CLIENT, span_id="above", scope="fastmcp"), "find")
    waiting = McpRuns(same_tool, linger_ns=LINGER, capacity=100)
    waiting.see(client_span(parent="above"), pair("client"), 0, "")
    waiting.see(server_span(), pair("server"), 0, "")

    ended = waiting.due(FOREVER)

    assert services(ended) == [("McpOperation", "client")]
    assert ended.repeated == 1


def test_two_servers_below_one_span_and_two_tenants_are_different_runs() -> None:
    """Only what has the same client's span in the same trace of the same tenant is one."""
    waiting = runs()
    waiting.see(server_span("s1", parent="a"), pair("server"), 0, "")
    waiting.see(server_span("s2", parent="b"), pair("server"), 0, "")
    waiting.see(server_span("s1", parent="a"), pair("server"), 0, "acme")

    assert len(waiting.due(FOREVER).count) == 3


def test_several_runs_below_one_span_that_is_no_client() -> None:
    """An application whose client reports nothing has the servers' spans directly below its own."""
    waiting = runs()
    for span_id in ("s1", "s2", "s3"):
        waiting.see(server_span(span_id, parent="app"), pair("server"), 0, "")

    assert services(waiting.due(FOREVER)) == [("ToolCall", "server")] * 3


def test_the_oldest_goes_for_a_new_one() -> None:
    """By number and by the bytes of what people said; what goes counts, and is reported as forgotten."""
    few, large = runs(capacity=2), runs()
    settled: list[Fact] = []
    for number in range(5):
        settled += few.see(server_span(f"s{number}", parent=f"c{number}"), pair("server"), 0, "").count
        text = str(number) * 6_000_000
        large.see(server_span(f"s{number}", parent=f"c{number}"), pair("server", content=text), 0, "")

    assert (len(settled), len(few), few.forgotten) == (3, 2, 3)
    assert (len(large), large.forgotten) == (2, 3)
