"""Claude Code, Codex, Gemini CLI, Qwen Code and Copilot: what coding agents send of their calls, tools and decisions.

Each is a row of a table: where its spans and events come from, and which of its events is what. An event becomes a
span of its name with the same attributes, so that one reader reads both. Numbers are text as often as not.
Sources: code.claude.com/docs/en/monitoring-usage; github.com/openai/codex, docs/config.md, "otel";
github.com/google-gemini/gemini-cli and github.com/QwenLM/qwen-code, docs on telemetry; those of copilot.py.
"""

from collections.abc import Callable, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from watchkeeper.exporter.normalise import copilot, otel_genai
from watchkeeper.exporter.normalise.beside_totals import with_parts
from watchkeeper.exporter.normalise.dialect import Dialect
from watchkeeper.exporter.normalise.failures import classify, status_of
from watchkeeper.exporter.normalise.reported_cost import COST
from watchkeeper.exporter.normalise.values import Attributes, first_count, first_seconds, first_text
from watchkeeper.model import AgentStep, Context, Fact, HumanReview, LlmCall, LogRecord, Span, ToolCall, Usage

# An event of a call is sent when the call is over, a little later than its span ends.
_AROUND_NS = 2_000_000_000
_EVENTS = "coding_agent."
_FAILED_FROM = 400
_ACCEPTED = frozenset({"accept", "approved", "approved_for_session", "modify", "auto_accept"})
_BY_A_PERSON = frozenset({"", "user", "user_permanent", "user_temporary", "user_abort", "user_reject"})

Read = Callable[["_Agent", Span, Context], Sequence[Fact]]


class _Agent(msgspec.Struct, frozen=True, kw_only=True):
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


def _exclusive(attributes: Attributes) -> Usage:
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


def _inclusive(attributes: Attributes) -> Usage:
    """Codex's: as OpenAI counts, with all parts inside of their totals."""
    return Usage(
        input=first_count(attributes, "input_token_count"),
        output=first_count(attributes, "output_token_count"),
        cached_input=first_count(attributes, "cached_token_count"),
        cache_write=first_count(attributes, "cache_write_token_count"),
        reasoning=first_count(attributes, "reasoning_token_count"),
    )


def _gemini(attributes: Attributes) -> Usage:
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


def _call(agent: _Agent, span: Span, context: Context) -> Sequence[Fact]:
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


def _failed_call(agent: _Agent, span: Span, context: Context) -> Sequence[Fact]:
    """A request over HTTP, which an event of its own reports where it went well."""
    code = first_text(span.attributes, "http.response.status_code", "status_code")
    has_failed = first_text(span.attributes, "error.message", "error") or code >= str(_FAILED_FROM)
    return _call(agent, span, context) if has_failed else ()


def _sse_event(agent: _Agent, span: Span, context: Context) -> Sequence[Fact]:
    """Codex's events of a stream: of two that report its end one has the usage; one that failed has the error."""
    kind = first_text(span.attributes, "event.kind")
    has_usage = first_count(span.attributes, "input_token_count") is not None
    is_call = kind == "response.failed" or (kind == "response.completed" and has_usage)
    return _call(agent, span, context) if is_call else ()


def _tool(_agent: _Agent, span: Span, context: Context) -> Sequence[Fact]:
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
    return (run, *_decision(_agent, span, context)) if decision else (run,)


def _decision(_agent: _Agent, span: Span, context: Context) -> Sequence[Fact]:
    """A person who lets a tool run, or does not; no one's review where a setting decided, or no one was there."""
    if first_text(span.attributes, "interactive").lower() == "false":
        return ()
    decision = first_text(span.attributes, "decision").lower()
    source = first_text(span.attributes, "source", "decision_source").lower()
    if not decision or source not in _BY_A_PERSON or decision == "auto_accept":
        return ()
    return (HumanReview(context=context, outcome="approved" if decision in _ACCEPTED else "rejected"),)


def _step(agent: _Agent, span: Span, context: Context) -> Sequence[Fact]:
    step = replace(context, agent=context.agent or agent.name)
    return (AgentStep(context=step, kind="invoke_agent", duration_seconds=span.duration_seconds),)


def _provider(agent: _Agent, attributes: Attributes, model: str) -> str:
    """The agent's own, unless its models come from a cloud: their names say so."""
    if "vertex" in first_text(attributes, "auth_type"):
        return "gcp.vertex_ai"
    return agent.provider if "." not in model.partition("claude")[0] else ""


def _duration(span: Span, measured: float | None) -> float | None:
    """As the agent reports it; an event's own times are around it."""
    reported = _seconds(span.attributes, "duration_ms")
    if reported is not None:
        return reported
    return None if span.scope.startswith(_EVENTS) else measured


def _seconds(attributes: Attributes, name: str) -> float | None:
    milliseconds = first_seconds(attributes, name)
    return None if milliseconds is None else milliseconds / 1000


def _edit(_agent: _Agent, span: Span, context: Context) -> Sequence[Fact]:
    """A person who keeps what Copilot wrote into a file, or does not."""
    outcomes = {"accepted": "approved", "rejected": "rejected"}
    outcome = outcomes.get(first_text(span.attributes, "outcome").lower())
    return (HumanReview(context=context, outcome=outcome),) if outcome else ()


def _copilot(agent: _Agent, span: Span, context: Context) -> Sequence[Fact]:
    """A span by OpenTelemetry's conventions; names of subagents and of helpers are many, the agent is one."""
    return copilot.read(span, replace(context, agent=agent.name))


_COPILOT_READS: Mapping[str, Read] = dict.fromkeys(("chat", "embeddings", "execute_tool", "invoke_agent"), _copilot)
_GEMINI_READS: Mapping[str, Read] = {
    "llm_call": _call,
    "api_response": _call,
    "api_error": _call,
    "tool_call": _tool,
}
AGENTS = (
    _Agent(
        name="claude_code",
        provider="anthropic",
        span_scopes=("com.anthropic.claude_code",),
        event_prefixes=("claude_code.",),
        event_scopes=("com.anthropic.claude_code",),
        reads={
            "llm_request": _call,
            "api_request": _call,
            "api_error": _call,
            "tool": _tool,
            "tool_result": _tool,
            "tool_decision": _decision,
            "interaction": _step,
        },
        usage=_exclusive,
    ),
    _Agent(
        name="codex",
        provider="openai",
        span_scopes=("codex_otel", "codex"),
        event_prefixes=("codex.",),
        reads={
            "sse_event": _sse_event,
            "api_request": _failed_call,
            "tool_result": _tool,
            "tool_decision": _decision,
        },
        usage=_inclusive,
    ),
    _Agent(
        name="gemini_cli",
        provider="gcp.gemini",
        span_scopes=("gemini-cli",),
        event_prefixes=("gemini_cli.",),
        reads=_GEMINI_READS,
        usage=_gemini,
    ),
    _Agent(
        name="qwen_code",
        span_scopes=("qwen-code",),
        event_prefixes=("qwen-code.", "qwen_code."),
        reads=_GEMINI_READS,
        usage=_gemini,
    ),
    _Agent(
        name="copilot_chat",
        span_scopes=("copilot-chat",),
        # Whoever names the service names the scope.
        markers=("copilot_chat.request.max_prompt_tokens", "copilot_chat.turn_count", "copilot_chat.chat_session_id"),
        event_prefixes=("copilot_chat.",),
        is_reported_by_spans=True,
        reads={**_COPILOT_READS, "edit.feedback": _edit},
        usage=_inclusive,
    ),
    _Agent(
        name="copilot_cli",
        span_scopes=("github.copilot",),
        is_reported_by_spans=True,
        reads=_COPILOT_READS,
        usage=_inclusive,
    ),
)
# Of their calls an event reports more.
SPAN_SCOPES = tuple(scope for agent in AGENTS if not agent.is_reported_by_spans for scope in agent.span_scopes)
_PREFIXES = {prefix: agent for agent in AGENTS for prefix in agent.event_prefixes}
# They send OpenTelemetry's event of a call too, some before it and after it.
_EVENT_SCOPES = (
    "gemini-cli",
    "qwen-code",
    *(s for agent in AGENTS if agent.is_reported_by_spans for s in agent.span_scopes),
)
# Their runs of tools are told by events too, and nothing in a span says which.
_NO_TOOL_SPANS = ("gemini-cli", "qwen-code")


def event_as_span(record: LogRecord, received_ns: int) -> Span | None:
    """A coding agent's event as a span of the event's name around the time in which it happened; None for another's."""
    found = _agent_of(record)
    if found is None:
        return None
    agent, event = found
    time_ns = record.time_ns or received_ns
    milliseconds = first_seconds(record.attributes, "duration_ms") or 0.0
    place = [first_text(record.attributes, name) for name in ("session.id", "conversation.id", "event.sequence")]
    ids = [first_text(record.attributes, name) for name in ("request_id", "tool_use_id", "call_id", "prompt_id")]
    return Span(
        trace_id=record.trace_id,
        span_id="/".join((event, str(record.time_ns), *place, *ids)),
        parent_span_id="",
        name=event,
        kind=0,
        start_ns=max(0, time_ns - int(milliseconds * 1e6) - _AROUND_NS),
        end_ns=time_ns + _AROUND_NS,
        status_code=0,
        status_message="",
        attributes=record.attributes,
        events=(),
        resource=record.resource,
        scope=f"{_EVENTS}{agent.name}",
        scope_version="",
    )


def is_repeated_by(record: LogRecord) -> bool:
    """Whether a record of OpenTelemetry's own event is a coding agent's, which reports the same call by another."""
    return record.scope.startswith(_EVENT_SCOPES)


def _agent_of(record: LogRecord) -> tuple[_Agent, str] | None:
    # Codex's library calls an event by its place in the code, and by its name in the attribute.
    names = (record.event_name, first_text(record.attributes, "event.name"))
    return next((found for name in names if (found := _named(name, record.scope)) is not None), None)


def _named(name: str, scope: str) -> tuple[_Agent, str] | None:
    prefix, dot, event = name.partition(".")
    agent = _PREFIXES.get(prefix + dot) if dot else None
    if agent is None and not dot and scope:
        agent = next((a for a in AGENTS if a.event_scopes and scope.startswith(a.event_scopes)), None)
        event = name
    return None if agent is None or event not in agent.reads else (agent, event)


def _dialect(agent: _Agent) -> Dialect:
    def read(span: Span, context: Context) -> Sequence[Fact]:
        """Return what a span or an event of the agent stands for."""
        operation = first_text(span.attributes, otel_genai.OPERATION)
        name = span.name.removeprefix(agent.event_prefixes[0]) if agent.event_prefixes else span.name
        read_kind = agent.reads.get(name) or agent.reads.get(operation)
        is_event = span.scope.startswith(_EVENTS)
        if read_kind is None:
            return () if is_event else otel_genai.read_whole(span, context)
        if name == "tool_call" and not is_event and span.scope.startswith(_NO_TOOL_SPANS):
            return ()
        who = replace(
            context,
            agent=agent.name if context.agent.replace("-", "_") in ("", agent.name) else context.agent,
            prompt="",  # a prompt of theirs is a sentence of a person, and its name an id
            time_ns=context.time_ns - _AROUND_NS if is_event else context.time_ns,
            span_id="" if is_event else context.span_id,
        )
        return read_kind(agent, span, who)

    scopes = (*agent.span_scopes, f"{_EVENTS}{agent.name}")
    return Dialect(name=agent.name, scopes=scopes, markers=agent.markers, read=read)


CLAUDE_CODE, CODEX, GEMINI_CLI, QWEN_CODE, COPILOT_CHAT, COPILOT_CLI = map(_dialect, AGENTS)
