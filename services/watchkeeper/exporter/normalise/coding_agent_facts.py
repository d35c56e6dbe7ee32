"""What spans and events of coding agents stand for: requests, runs of tools, decisions of people and steps.

Sources: those of coding_agents.py, which says which span or event is read by which of these.
"""

from collections.abc import Callable, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from watchkeeper.exporter.normalise import copilot, otel_genai
from watchkeeper.exporter.normalise.beside_totals import with_parts
from watchkeeper.exporter.normalise.failures import classify, status_of
from watchkeeper.exporter.normalise.reported_cost import COST
from watchkeeper.exporter.normalise.values import Attributes, first_count, first_seconds, first_text
from watchkeeper.model import AgentStep, Context, Fact, HumanReview, LlmCall, Span, ToolCall, Usage

# Scopes of spans that were events begin so.
EVENTS = "coding_agent."
_FAILED_FROM = 400
_ACCEPTED = frozenset({"accept", "approved", "approved_for_session", "modify", "auto_accept"})
_BY_A_PERSON = frozenset({"", "user", "user_permanent", "user_temporary", "user_abort", "user_reject"})

Read = Callable[["Agent", Span, Context], Sequence[Fact]]


class Agent(msgspec.Struct, frozen=True, kw_only=True):
    """One agent: ``event_prefixes`` begin its events' names, ``event_scopes`` send them without one.

    ``is_reported_by_spans``: its spans report most of a call, and its events of calls nothing more.
    """

    name: str
    provider: str = ""
    span_scopes: tuple[str, ...]
    markers: tuple[str, ...] = ()
    event_prefixes: tuple[str, ...] = ()
    event_scopes: tuple[str, ...] = ()
    is_reported_by_spans: bool = False
    reads: Mapping[str, Read]
    usage: Callable[[Attributes], Usage]


def exclusive(attributes: Attributes) -> Usage:
    """Claude Code's: the input without what a cache had and was given."""
    fresh = first_count(attributes, "input_tokens")
    cached = first_count(attributes, "cache_read_tokens", "cache_read_input_tokens")
    written = first_count(attributes, "cache_creation_tokens", "cache_creation_input_tokens")
    return Usage(
        input=None if fresh is None else fresh + (cached or 0) + (written or 0),
        output=first_count(attributes, "output_tokens"),
        cached_input=cached,
        cache_write=written,
    )


def inclusive(attributes: Attributes) -> Usage:
    """Codex's: as OpenAI counts, with all parts inside of their totals."""
    return Usage(
        input=first_count(attributes, "input_token_count"),
        output=first_count(attributes, "output_token_count"),
        cached_input=first_count(attributes, "cached_token_count"),
        cache_write=first_count(attributes, "cache_write_token_count"),
        reasoning=first_count(attributes, "reasoning_token_count"),
    )


def gemini(attributes: Attributes) -> Usage:
    """Gemini's: thoughts are outside of the output, prompts of tools outside of the input."""
    usage = Usage(
        input=first_count(attributes, "input_token_count"),
        output=first_count(attributes, "output_token_count"),
        cached_input=first_count(attributes, "cached_content_token_count"),
    )
    return with_parts(
        usage,
        tool_use=first_count(attributes, "tool_token_count"),
        beside=first_count(attributes, "thoughts_token_count"),
        total=first_count(attributes, "total_token_count"),
        is_gemini=True,
    )


def call_of(agent: Agent, span: Span, context: Context) -> Sequence[Fact]:
    """A request that a model answered, or did not where it says so."""
    attributes = span.attributes
    model = first_text(attributes, otel_genai.RESPONSE_MODEL, otel_genai.REQUEST_MODEL, "model", "slug")
    error = first_text(attributes, "error.message", "error_message", "error")
    code = first_text(attributes, "http.response.status_code", "status_code", "error.code")
    has_failed = bool(error) or attributes.get("success") in (False, "false") or code >= str(_FAILED_FROM)
    error_class = first_text(attributes, "error_type", "error.type")
    error_type = classify(error_class, code, error) if has_failed else ""
    named = otel_genai.tokens_as_reported(agent.usage(attributes))
    tokens = named if first_count(attributes, "input_tokens", "input_token_count") is not None else {}
    reported: Attributes = {
        otel_genai.OPERATION: "chat",
        otel_genai.PROVIDER[0]: _provider(agent, attributes, model),
        otel_genai.RESPONSE_MODEL: model,
        otel_genai.RESPONSE_ID: first_text(attributes, otel_genai.RESPONSE_ID, "request_id", "response_id"),
        otel_genai.FINISH_REASONS: first_text(attributes, "stop_reason"),
        otel_genai.SERVICE_TIER[0]: "fast" if first_text(attributes, "speed") == "fast" else "",
        otel_genai.FIRST_CHUNK: _seconds(attributes, "ttft_ms"),
        COST[0]: first_text(attributes, "cost_usd", *COST),
        **tokens,
    }
    calls = otel_genai.read_as(span, context, {name: value for name, value in reported.items() if value != ""})
    return [
        replace(
            call,
            is_list_price=True,
            duration_seconds=_duration(span, call.duration_seconds),
            status=status_of(error_type) if has_failed else call.status,
            error_type=error_type or call.error_type,
            error_class=error_class or call.error_class,
        )
        for call in calls
        if isinstance(call, LlmCall)
    ]


def failed_call(agent: Agent, span: Span, context: Context) -> Sequence[Fact]:
    """A request over HTTP, which an event of its own reports where it went well."""
    code = first_text(span.attributes, "http.response.status_code", "status_code")
    has_failed = first_text(span.attributes, "error.message", "error") or code >= str(_FAILED_FROM)
    return call_of(agent, span, context) if has_failed else ()


def sse_event(agent: Agent, span: Span, context: Context) -> Sequence[Fact]:
    """Codex's events of a stream: of two that report its end one has the usage; one that failed has the error."""
    kind = first_text(span.attributes, "event.kind")
    has_usage = first_count(span.attributes, "input_token_count") is not None
    is_call = kind == "response.failed" or (kind == "response.completed" and has_usage)
    return call_of(agent, span, context) if is_call else ()


def tool_run(agent: Agent, span: Span, context: Context) -> Sequence[Fact]:
    """A run of a tool, with the decision of a person where the same span has it."""
    attributes = span.attributes
    has_failed = first_text(attributes, "success").lower() == "false"
    error_class = first_text(attributes, "error_type", "error.type") if has_failed else ""
    error_type = classify(error_class, first_text(attributes, "error", "error.message")) if has_failed else ""
    run = ToolCall(
        context=replace(context, operation="execute_tool"),
        tool=first_text(attributes, "tool_name", "function_name", otel_genai.TOOL_NAME),
        status=status_of(error_type) if has_failed else "ok",
        duration_seconds=_duration(span, span.duration_seconds),
        error_type=error_type,
        error_class=error_class,
        call_id=first_text(attributes, "tool_use_id", "gen_ai.tool.call.id", "call_id"),
    )
    decision = first_text(attributes, "decision")
    return (run, *decision_of(agent, span, context)) if decision else (run,)


def decision_of(_agent: Agent, span: Span, context: Context) -> Sequence[Fact]:
    """A person who lets a tool run, or does not; no one's review where a setting decided, or no one was there."""
    if first_text(span.attributes, "interactive").lower() == "false":
        return ()
    decision = first_text(span.attributes, "decision").lower()
    source = first_text(span.attributes, "source", "decision_source").lower()
    if not decision or source not in _BY_A_PERSON or decision == "auto_accept":
        return ()
    return (HumanReview(context=context, outcome="approved" if decision in _ACCEPTED else "rejected"),)


def step_of(agent: Agent, span: Span, context: Context) -> Sequence[Fact]:
    """A prompt of a person, until the agent is done with it."""
    step = replace(context, agent=context.agent or agent.name)
    return (AgentStep(context=step, kind="invoke_agent", duration_seconds=span.duration_seconds),)


def _provider(agent: Agent, attributes: Attributes, model: str) -> str:
    """The agent's own, unless its models come from a cloud: their names say so."""
    if "vertex" in first_text(attributes, "auth_type"):
        return "gcp.vertex_ai"
    return agent.provider if "." not in model.partition("claude")[0] else ""


def _duration(span: Span, measured: float | None) -> float | None:
    """As the agent reports it; an event's own times are around it."""
    reported = _seconds(span.attributes, "duration_ms")
    if reported is not None:
        return reported
    return None if span.scope.startswith(EVENTS) else measured


def _seconds(attributes: Attributes, name: str) -> float | None:
    milliseconds = first_seconds(attributes, name)
    return None if milliseconds is None else milliseconds / 1000


def edit_decision(_agent: Agent, span: Span, context: Context) -> Sequence[Fact]:
    """A person who keeps what Copilot wrote into a file, or does not."""
    outcomes = {"accepted": "approved", "rejected": "rejected"}
    outcome = outcomes.get(first_text(span.attributes, "outcome").lower())
    return (HumanReview(context=context, outcome=outcome),) if outcome else ()


def copilot_fact(agent: Agent, span: Span, context: Context) -> Sequence[Fact]:
    """A span by OpenTelemetry's conventions; names of subagents and of helpers are many, the agent is one."""
    return copilot.read(span, replace(context, agent=agent.name))
