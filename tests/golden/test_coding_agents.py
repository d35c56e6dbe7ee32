"""Coding agents: one request that a span and an event report counts once, in any order and over separate requests."""

import json
from itertools import permutations
from typing import Any

import pytest
from google.protobuf import json_format
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from tests.support.exporter import JSON, PROTOBUF, ExporterInTest, run_exporter

T = 1_795_935_955_000_000_000
S = 1_000_000_000
TRACE = "c0848efc077e83f86ef7f0fd02f5cdf6"
WHO = {"service.name": "agent", "team.id": "search", "cost_center": "cc-1"}

Telemetry = tuple[str, dict[str, Any]]


def value(of: Any) -> dict[str, Any]:
    """An AnyValue."""
    if isinstance(of, bool):
        return {"boolValue": of}
    return {"intValue": str(of)} if isinstance(of, int) else {"stringValue": str(of)}


def attributes(of: dict[str, Any]) -> list[dict[str, Any]]:
    """Attributes as OTLP writes them."""
    return [{"key": key, "value": value(v)} for key, v in of.items()]


def log(scope: str, name: str, at: int = T, **reported: Any) -> Telemetry:
    """One event."""
    record = {
        "timeUnixNano": str(at),
        "body": {"stringValue": name},
        "attributes": attributes({"event.name": name, "session.id": "s-1", **reported}),
    }
    resource = {"attributes": attributes(WHO)}
    scoped = {"scope": {"name": scope}, "logRecords": [record]}
    return "/v1/logs", {"resourceLogs": [{"resource": resource, "scopeLogs": [scoped]}]}


def span(
    scope: str, name: str, times: tuple[int, int], span_id: str = "b0df01deb619e07e", **reported: Any
) -> Telemetry:
    """One span."""
    one = {
        "traceId": TRACE,
        "spanId": span_id,
        "name": name,
        "kind": 1,
        "startTimeUnixNano": str(times[0]),
        "endTimeUnixNano": str(times[1]),
        "attributes": attributes({"session.id": "s-1", **reported}),
    }
    resource = {"attributes": attributes(WHO)}
    return "/v1/traces", {
        "resourceSpans": [{"resource": resource, "scopeSpans": [{"scope": {"name": scope}, "spans": [one]}]}]
    }


CLAUDE, CLAUDE_LOG = "com.anthropic.claude_code.tracing", "com.anthropic.claude_code.events"
CLAUDE_TOKENS = {
    "input_tokens": 2,
    "output_tokens": 1200,
    "cache_read_tokens": 84562,
    "cache_creation_tokens": 7096,
    "request_id": "req_011CSnUHjZxkVQ2rXwYpBcDe",
    "duration_ms": 5200,
}
GEMINI_EVENT = {
    "model": "gemini-2.5-pro",
    "input_token_count": 5000,
    "output_token_count": 120,
    "cached_content_token_count": 1000,
    "thoughts_token_count": 300,
    "tool_token_count": 0,
    "total_token_count": 5420,
    "duration_ms": 1000,
}
GEMINI_SPAN = {
    "gen_ai.operation.name": "llm_call",
    "gen_ai.request.model": "gemini-2.5-pro",
    "gen_ai.usage.input_tokens": 5000,
    "gen_ai.usage.output_tokens": 120,
}
CALLS: dict[str, tuple[list[Telemetry], tuple[int, int, int, float]]] = {
    "Claude Code, numbers as text in the event": (
        [
            span(CLAUDE, "claude_code.llm_request", (T - 5 * S, T), model="claude-sonnet-4-5", **CLAUDE_TOKENS),
            log(
                CLAUDE_LOG,
                "api_request",
                T + 3_000_000,
                model="claude-sonnet-4-5",
                cost_usd="0.0693246",
                **{k: str(v) for k, v in CLAUDE_TOKENS.items()},
            ),
        ],
        (91660, 1200, 84562, 0.0693246),
    ),
    "Claude Code, without an id in the span": (
        [
            span(
                CLAUDE,
                "claude_code.llm_request",
                (T - 5 * S, T),
                model="claude-sonnet-4-5",
                **{k: v for k, v in CLAUDE_TOKENS.items() if k != "request_id"},
            ),
            log(CLAUDE_LOG, "claude_code.api_request", T, model="claude-sonnet-4-5", cost_usd=0.5, **CLAUDE_TOKENS),
        ],
        (91660, 1200, 84562, 0.5),
    ),
    "Gemini CLI, whose event has the thoughts": (
        [
            span("gemini-cli", "llm_call", (T - S, T), **GEMINI_SPAN),
            log("gemini-cli", "gemini_cli.api_response", T + 2_000_000, **GEMINI_EVENT),
        ],
        (5000, 420, 1000, 0.0),
    ),
    "Qwen Code": (
        [log("qwen-code", "qwen-code.api_response", T, **{**GEMINI_EVENT, "model": "qwen3-coder-plus"})],
        (5000, 420, 1000, 0.0),
    ),
    "Codex": (
        [
            log("codex_otel", "codex.sse_event", T - S, **{"event.kind": "response.created", "model": "gpt-5.1"}),
            log("codex_otel", "codex.api_request", T - S, **{"http.response.status_code": 200, "model": "gpt-5.1"}),
            log(
                "codex_otel",
                "codex.sse_event",
                T,
                **{
                    "event.kind": "response.completed",
                    "model": "gpt-5.1",
                    "input_token_count": "12000",
                    "cached_token_count": "9000",
                    "output_token_count": "800",
                    "reasoning_token_count": "500",
                },
            ),
        ],
        (12000, 800, 9000, 0.012875),
    ),
}


def send(exporter: ExporterInTest, telemetry: Telemetry) -> None:
    """Send one request."""
    path, body = telemetry
    assert exporter.client.post(path, content=json.dumps(body), headers=JSON).status_code == 200


@pytest.mark.parametrize(("sent", "sums"), CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("times", [1, 2], ids=["once", "and again"])
def test_a_request_counts_once(sent: list[Telemetry], sums: tuple[int, int, int, float], times: int) -> None:
    """With what the event reports, which is most; the user is a hash, and the team the resource's."""
    for order in permutations(sent):
        with run_exporter() as exporter:
            for telemetry in order * times:
                send(exporter, telemetry)

        assert exporter.value("llm_requests_total", team="search", service="agent", status="ok") == 1
        assert (
            tuple(exporter.value("llm_tokens_total", type=kind) for kind in ("input", "output", "cached_input"))
            == sums[:3]
        )
        if sums[3]:
            assert exporter.value("llm_cost_dollars_total") == pytest.approx(sums[3])


def test_the_cost_of_an_agent_is_its_list_price() -> None:
    """The line says that the dollars are the agent's own reckoning."""
    with run_exporter() as exporter:
        send(exporter, CALLS["Claude Code, without an id in the span"][0][1])

    (line,) = exporter.lines("llm_call_completed")
    assert (line["price_source"], line["session_id"], line["agent"]) == ("list_price", "s-1", "claude_code")
    assert line["duration_seconds"] == 5.2


def test_requests_one_after_the_other_all_count() -> None:
    """The same model and the same input, a second apart, with a span and an event each."""
    with run_exporter() as exporter:
        for number in range(3):
            at = T + number * S
            send(exporter, span("gemini-cli", "llm_call", (at - S // 2, at), f"{number + 1:016x}", **GEMINI_SPAN))
        for number in range(3):
            event = {**GEMINI_EVENT, "duration_ms": 500}
            send(exporter, log("gemini-cli", "gemini_cli.api_response", T + number * S, **event))

    assert exporter.value("llm_requests_total") == 3
    assert exporter.value("llm_tokens_total", type="output") == 3 * 420


@pytest.mark.parametrize(
    ("telemetry", "status"),
    [
        (log(CLAUDE_LOG, "api_error", model="claude-sonnet-4-5", error="Overloaded", status_code="529"), "error"),
        (log(CLAUDE_LOG, "api_error", model="claude-sonnet-4-5", error="slow down", status_code=429), "rate_limited"),
        (
            log("gemini-cli", "gemini_cli.api_error", model="gemini-2.5-pro", error="quota", status_code=429),
            "rate_limited",
        ),
        (
            log("codex_otel", "codex.api_request", **{"model": "gpt-5.1", "http.response.status_code": 429}),
            "rate_limited",
        ),
    ],
)
def test_a_failed_request(telemetry: Telemetry, status: str) -> None:
    """It counts, and its kind is known."""
    with run_exporter() as exporter:
        send(exporter, telemetry)

    assert exporter.value("llm_requests_total", status=status) == 1


@pytest.mark.parametrize("is_event_first", [False, True])
def test_a_tool_counts_once(*, is_event_first: bool) -> None:
    """The span and the event of a run have one id; a person's refusal is a review."""
    both = [
        span(CLAUDE, "claude_code.tool", (T - S, T), tool_name="Bash", tool_use_id="toolu_01"),
        log(CLAUDE_LOG, "tool_result", tool_name="Bash", tool_use_id="toolu_01", success="false", duration_ms="12"),
    ]
    with run_exporter() as exporter:
        for telemetry in reversed(both) if is_event_first else both:
            send(exporter, telemetry)
        send(exporter, log(CLAUDE_LOG, "tool_decision", tool_name="Edit", decision="reject", source="user_reject"))
        send(exporter, log(CLAUDE_LOG, "tool_decision", T + 1, tool_name="Read", decision="accept", source="config"))

    assert exporter.value("llm_tool_calls_total", tool="Bash") == 1
    assert exporter.value("llm_human_reviews_total", outcome="rejected") == 1
    assert exporter.value("llm_human_reviews_total", outcome="approved") == 0


def test_an_event_in_protobuf() -> None:
    """The other encoding is read alike."""
    _, body = CALLS["Claude Code, without an id in the span"][0][1]
    message = json_format.ParseDict(body, ExportLogsServiceRequest()).SerializeToString()

    with run_exporter() as exporter:
        assert exporter.client.post("/v1/logs", content=message, headers=PROTOBUF).status_code == 200

    assert exporter.value("llm_tokens_total", type="input") == 91660


def test_events_that_are_no_calls_count_as_nothing() -> None:
    """A prompt of a user is no request of a model."""
    with run_exporter() as exporter:
        send(exporter, log(CLAUDE_LOG, "user_prompt", prompt_length="5"))

    assert exporter.value("llm_requests_total") == 0
    assert exporter.value("watchkeeper_ingest_dropped_total", reason="log_of_no_interest") == 1
