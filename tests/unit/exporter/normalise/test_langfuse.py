import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from tests.support.facts import NOW_NS, make_span

from watchkeeper.exporter.normalise.catalogue import DIALECTS
from watchkeeper.exporter.normalise.context import read_context
from watchkeeper.exporter.normalise.dialect import Normaliser
from watchkeeper.exporter.normalise.langfuse import read
from watchkeeper.model import AgentStep, Fact, GuardrailCheck, LlmCall, Retrieval, Score, ToolCall, Usage

SDK = "langfuse-sdk"
O = "langfuse.observation."  # noqa: E741  # as in the dialect


def facts_of(kind: str, fields: dict[str, Any] | None = None, **changes: Any) -> Sequence[Fact]:
    """The facts of an observation of a type; ``fields`` has its attributes without their common beginning."""
    attributes = {f"{O}type": kind, **{f"{O}{name}": value for name, value in (fields or {}).items()}}
    span = make_span(attributes, **{"scope": SDK, "name": "step", **changes})
    return read(span, read_context(span))


def only_call(fields: dict[str, Any], kind: str = "generation", **changes: Any) -> LlmCall:
    """The one call of an observation."""
    (call,) = facts_of(kind, fields, **changes)
    assert isinstance(call, LlmCall)
    return call


def test_a_generation_becomes_a_call() -> None:
    """Everything a generation reports is in the call, also what is JSON in text."""
    call = only_call(
        {
            "model.name": "gpt-4o-mini-2024-07-18",
            "usage_details": json.dumps({"input": 100, "output": 20, "total": 120}),
            "cost_details": json.dumps({"input": 0.000018, "output": 0.000018, "total": 0.000036}),
            "completion_start_time": '"2026-11-20T11:59:59.250Z"',
            "metadata.finish_reason": '"stop"',
            "metadata.id": '"resp_1"',
            "metadata.ls_provider": '"openai"',
            "metadata.team": "search",
            "model.parameters": '{"max_tokens": "Infinity", "service_tier": "flex"}',
            "prompt.name": "support-agent",
            "prompt.version": 7,
        }
    )

    assert call.usage == Usage(input=100, output=20)
    assert call.reported_cost_usd == Decimal("0.000036")
    assert call.time_to_first_token_seconds == pytest.approx(0.25, abs=1e-6)
    assert (call.is_streaming, call.finish_reasons, call.response_id) == (True, ("stop",), "resp_1")
    assert (call.service_tier, call.context.team) == ("flex", "search")
    context = call.context
    assert (context.operation, context.provider, context.model) == ("chat", "openai", "gpt-4o-mini-2024-07-18")
    assert (context.prompt, context.prompt_version) == ("support-agent", "7")


@pytest.mark.parametrize(
    ("model", "operation"),
    [("text-embedding-3-small", "embeddings"), ("gpt-4o-mini", "chat"), ("", "chat")],
    ids=["a model of embeddings", "a model of chats", "a model that no one named"],
)
def test_what_a_generation_is_its_model_reports(model: str, operation: str) -> None:
    """The JavaScript wrapper has no other type for a request of embeddings."""
    assert only_call({"model.name": model}, name="OpenAI.embeddings").context.operation == operation


def test_an_embedding_is_a_call() -> None:
    """An embedding has input tokens only; its model's name gives the provider away."""
    call = only_call({"model.name": "text-embedding-3-small", "usage_details": '{"input": 31}'}, "embedding")

    assert (call.context.operation, call.context.provider, call.usage) == ("embeddings", "openai", Usage(input=31))


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"status_code": 2, "status_message": "Error code: 429 - Rate limit"}, id="Python: in the status"),
        pytest.param({"status_code": 0}, id="JavaScript: in the level alone"),
    ],
)
def test_a_failed_generation_is_known_by_status_or_level(changes: dict[str, Any]) -> None:
    """A failure is reported in the span's status, or in Langfuse's level with a message of its own."""
    fields = {"level": "ERROR", "status_message": "Error: 429 Rate limit reached", "cost_details": '{"total": 0}'}

    call = only_call(fields, **changes)

    assert (call.status, call.error_type, call.reported_cost_usd) == ("rate_limited", "rate_limited", None)


@pytest.mark.parametrize(
    "timestamp",
    [
        pytest.param('"not a time"', id="no time"),
        pytest.param('"2026-11-20T11:00:00Z"', id="before the start"),
        pytest.param(7, id="a number"),
        pytest.param(None, id="not reported"),
    ],
)
def test_a_first_token_that_cannot_be_is_not_reported(timestamp: object) -> None:
    """A completion start that is no time after the start of the span is left out."""
    call = only_call({"completion_start_time": timestamp})

    assert (call.time_to_first_token_seconds, call.is_streaming) == (None, False)


def test_an_id_of_the_application_is_no_response_id() -> None:
    """Metadata are free: two calls with the same id of a customer are two calls."""
    assert only_call({"metadata.id": '"customer-1"'}).response_id == ""


@pytest.mark.parametrize(
    ("metadata", "reasons"),
    [
        pytest.param({"metadata.status": '"completed"', "metadata.object": '"response"'}, ("stop",), id="a response's"),
        pytest.param({"metadata.status": '"failed"'}, (), id="the application's own"),
    ],
)
def test_a_status_is_a_finish_reason_only_in_a_response(metadata: dict[str, str], reasons: tuple[str, ...]) -> None:
    """An application may keep the state of an order among the metadata of a call that went well."""
    call = only_call(metadata)

    assert (call.status, call.finish_reasons) == ("ok", reasons)


def test_conventions_fill_the_gaps() -> None:
    """A span of OpenTelemetry's conventions that is marked as a generation keeps what it says there."""
    attributes = {
        f"{O}type": "generation",
        "gen_ai.provider.name": "anthropic",
        "gen_ai.request.model": "claude-sonnet-4-5",
        "gen_ai.usage.input_tokens": 10,
        "gen_ai.usage.output_tokens": 5,
        "gen_ai.response.id": "msg_1",
    }
    span = make_span(attributes, scope="my.app")

    (call,) = Normaliser(DIALECTS).read(span).facts

    assert isinstance(call, LlmCall)
    assert (call.context.provider, call.context.model) == ("anthropic", "claude-sonnet-4-5")
    assert (call.usage, call.response_id) == (Usage(input=10, output=5), "msg_1")


def test_a_tool_is_named_by_its_span() -> None:
    """A tool's failure may be in the level alone."""
    (call,) = facts_of("tool", {"level": "ERROR", "status_message": "weather API timed out"}, name="get_weather")

    assert isinstance(call, ToolCall)
    assert (call.tool, call.status) == ("get_weather", "timeout")


@pytest.mark.parametrize(
    ("output", "documents", "top_score"),
    [
        pytest.param([{"id": "a", "score": 0.62}, {"id": "b", "score": 0.91}], 2, 0.91, id="a list with scores"),
        pytest.param({"matches": [{"score": 0.5}]}, 1, 0.5, id="an object with a list"),
        pytest.param([{"page_content": "x", "metadata": {"relevance_score": 0.4}}], 1, 0.4, id="scores in metadata"),
        pytest.param(["text", "text"], 2, None, id="texts without scores"),
        pytest.param([], 0, None, id="nothing found"),
        pytest.param("text", None, None, id="an answer of another shape"),
    ],
)
def test_a_retriever_counts_what_it_returned(output: object, documents: int | None, top_score: float | None) -> None:
    """Documents and their best score are read from the output; their text is not kept."""
    (retrieval,) = facts_of("retriever", {"output": json.dumps(output)}, name="kb_search")

    assert isinstance(retrieval, Retrieval)
    assert (retrieval.retriever, retrieval.documents, retrieval.top_score) == ("kb_search", documents, top_score)


def test_an_agent_is_a_step() -> None:
    """An agent is named by its span."""
    (step,) = facts_of("agent", name="weather_agent")

    assert isinstance(step, AgentStep)
    assert (step.context.agent, step.kind) == ("weather_agent", "invoke_agent")


@pytest.mark.parametrize(
    ("fields", "result"),
    [
        pytest.param({"level": "WARNING", "output": "false"}, "flagged", id="a warning"),
        pytest.param({"level": "ERROR"}, "blocked", id="an error"),
        pytest.param({"output": '{"passed": true}'}, "passed", id="the result it returned"),
        pytest.param({"output": "false"}, None, id="a bare truth reports nothing"),
    ],
)
def test_a_guardrail_is_evaluated_by_its_level(fields: dict[str, str], result: str | None) -> None:
    """The level is how an application reports that a guardrail objected."""
    checks = [fact for fact in facts_of("guardrail", fields) if isinstance(fact, GuardrailCheck)]

    assert [check.result for check in checks] == ([result] if result else [])


@pytest.mark.parametrize(
    ("output", "value", "category"),
    [
        pytest.param({"score": 0.8, "reason": "mostly right"}, 0.8, "", id="a score"),
        pytest.param(0.5, 0.5, "", id="a number"),
        pytest.param({"value": True}, 1.0, "", id="a truth"),
        pytest.param({"label": "friendly"}, None, "friendly", id="a label"),
    ],
)
def test_an_evaluator_returns_a_score(output: object, value: float | None, category: str) -> None:
    """A judge's output becomes a score under the judge's name."""
    (score,) = facts_of("evaluator", {"output": json.dumps(output)}, name="judge")

    assert isinstance(score, Score)
    assert (score.name, score.value, score.category, score.source) == ("judge", value, category, "judge")


@pytest.mark.parametrize("kind", ["span", "chain", "event", "something new"])
def test_other_observations_report_nothing(kind: str) -> None:
    """Spans, chains and events are no operations of a model."""
    assert facts_of(kind, {"output": "x"}) == ()


@pytest.mark.parametrize(
    ("resource", "environment"),
    [
        pytest.param({"langfuse.environment": "production"}, "production", id="Langfuse's own"),
        pytest.param({"langfuse.environment": "default"}, "", id="its default is no one's choice"),
        pytest.param(
            {"langfuse.environment": "production", "deployment.environment.name": "staging"},
            "staging",
            id="the resource's name comes first",
        ),
    ],
)
def test_the_environment_may_be_langfuses_alone(resource: dict[str, str], environment: str) -> None:
    """Applications that know only Langfuse name their environment there."""
    assert only_call({}, resource=resource).context.environment == environment


def test_a_span_that_was_only_exported_by_the_sdk_stays_what_it_is() -> None:
    """The SDK's processor adds its environment to spans of other libraries; that makes them no observation."""
    attributes = {"langfuse.environment": "production", "openinference.span.kind": "TOOL"}
    span = make_span(attributes, scope="openinference.instrumentation.openai", name="search", end_ns=NOW_NS)

    (call,) = Normaliser(DIALECTS).read(span).facts

    assert isinstance(call, ToolCall)
