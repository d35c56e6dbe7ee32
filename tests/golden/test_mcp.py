"""A client and a server of the Model Context Protocol, as FastMCP over the SDK reported both: see payloads.

The client asked what the server can do twice, the second one at a port where no one listens, listed the tools, read a
resource that is there and one that is not, fetched a prompt, and ran tools five times: twice well, once with a tool's
own error, once a tool that does not exist, once with wrong arguments.
"""

from collections import Counter

import pytest
from tests.golden.test_exporter import post
from tests.support.exporter import ExporterInTest, run_exporter

CLIENT, SERVER = (f"fastmcp-4.2.3+mcp-2.3.0/{side}.1" for side in ("client", "server"))
# method -> result -> how often, as each side saw it.
ASKED = {
    "tools/list": {"ok": 1},
    "prompts/get": {"ok": 1},
    "resources/read": {"ok": 1, "protocol_error": 1},
    "tools/call": {"ok": 2, "tool_error": 3},
}


def counted(exporter: ExporterInTest, side: str) -> dict[str, dict[str, float]]:
    """How often each method ended in each way, by one side."""
    found: dict[str, Counter[str]] = {}
    for sample in exporter.samples("llm_mcp_operations_total"):
        if sample.labels["side"] == side:
            found.setdefault(sample.labels["method"], Counter())[sample.labels["result"]] += int(sample.value)
    return {method: dict(results) for method, results in found.items()}


@pytest.mark.parametrize("order", [(CLIENT, SERVER), (SERVER, CLIENT)], ids=["client first", "server first"])
def test_client_and_server_together_report_each_run_once(order: tuple[str, str]) -> None:
    """Of up to four spans of a run one counts, as the client's, whichever comes first; operations count by side."""
    with run_exporter() as exporter:
        for payload in order:
            post(exporter, payload)

    runs = {
        (sample.labels["service"], sample.labels["tool"], sample.labels["status"]): sample.value
        for sample in exporter.samples("llm_tool_calls_total")
    }
    assert runs == {
        ("assistant", "forecast", "ok"): 2,
        ("assistant", "forecast", "error"): 1,
        ("assistant", "alerts", "error"): 1,
        ("assistant", "nothing", "error"): 1,
    }
    assert counted(exporter, "client") == {"server/discover": {"ok": 2}, **ASKED}
    assert counted(exporter, "server") == {"server/discover": {"ok": 1}, **ASKED}


@pytest.mark.parametrize(("payload", "service"), [(CLIENT, "assistant"), (SERVER, "weather-mcp")])
def test_one_side_alone_reports_all_runs(payload: str, service: str) -> None:
    """A server whose clients send nothing, and a client of a server that sends nothing."""
    with run_exporter() as exporter:
        post(exporter, payload)

    assert exporter.value("llm_tool_calls_total", service=service, status="ok") == 2
    assert exporter.value("llm_tool_calls_total", service=service, status="error") == 3
    assert exporter.value("llm_tool_calls_total") == 5


def test_what_is_sent_again_counts_once() -> None:
    """An export that is repeated changes nothing."""
    with run_exporter() as exporter:
        for payload in (SERVER, CLIENT, SERVER, CLIENT):
            post(exporter, payload)

    assert exporter.value("llm_tool_calls_total") == 5
    assert exporter.value("llm_mcp_operations_total") == 21
    assert len(exporter.lines("mcp_operation_completed")) == 21
