"""Claude Code, Codex, Gemini CLI, Qwen Code and Copilot: what coding agents send of their calls, tools and decisions.

Each is a row of a table: where its spans and events come from, and which of its events is what. An event becomes a
span of its name with the same attributes, so that one reader reads both. Numbers are text as often as not.
Sources: code.claude.com/docs/en/monitoring-usage; github.com/openai/codex, docs/config.md, "otel";
github.com/google-gemini/gemini-cli and github.com/QwenLM/qwen-code, docs on telemetry; those of copilot.py.
"""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from watchkeeper.exporter.normalise import otel_genai
from watchkeeper.exporter.normalise.coding_agent_facts import (
    EVENTS,
    Agent,
    Read,
    call_of,
    copilot_fact,
    decision_of,
    edit_decision,
    exclusive,
    failed_call,
    gemini,
    inclusive,
    sse_event,
    step_of,
    tool_run,
)
from watchkeeper.exporter.normalise.dialect import Dialect
from watchkeeper.exporter.normalise.values import first_seconds, first_text
from watchkeeper.model import Context, Fact, LogRecord, Span

# An event of a call is sent when the call is over, a little later than its span ends.
_AROUND_NS = 2_000_000_000

_COPILOT_READS: Mapping[str, Read] = dict.fromkeys(("chat", "embeddings", "execute_tool", "invoke_agent"), copilot_fact)
_GEMINI_READS: Mapping[str, Read] = {
    "llm_call": call_of,
    "api_response": call_of,
    "api_error": call_of,
    "tool_call": tool_run,
}
AGENTS = (
    Agent(
        name="claude_code",
        provider="anthropic",
        span_scopes=("com.anthropic.claude_code",),
        event_prefixes=("claude_code.",),
        event_scopes=("com.anthropic.claude_code",),
        reads={
            "llm_request": call_of,
            "api_request": call_of,
            "api_error": call_of,
            "tool": tool_run,
            "tool_result": tool_run,
            "tool_decision": decision_of,
            "interaction": step_of,
        },
        usage=exclusive,
    ),
    Agent(
        name="codex",
        provider="openai",
        span_scopes=("codex_otel", "codex"),
        event_prefixes=("codex.",),
        reads={
            "sse_event": sse_event,
            "api_request": failed_call,
            "tool_result": tool_run,
            "tool_decision": decision_of,
        },
        usage=inclusive,
    ),
    Agent(
        name="gemini_cli",
        provider="gcp.gemini",
        span_scopes=("gemini-cli",),
        event_prefixes=("gemini_cli.",),
        reads=_GEMINI_READS,
        usage=gemini,
    ),
    Agent(
        name="qwen_code",
        span_scopes=("qwen-code",),
        event_prefixes=("qwen-code.", "qwen_code."),
        reads=_GEMINI_READS,
        usage=gemini,
    ),
    Agent(
        name="copilot_chat",
        span_scopes=("copilot-chat",),
        # Whoever names the service names the scope.
        markers=("copilot_chat.request.max_prompt_tokens", "copilot_chat.turn_count", "copilot_chat.chat_session_id"),
        event_prefixes=("copilot_chat.",),
        is_reported_by_spans=True,
        reads={**_COPILOT_READS, "edit.feedback": edit_decision},
        usage=inclusive,
    ),
    Agent(
        name="copilot_cli",
        span_scopes=("github.copilot",),
        is_reported_by_spans=True,
        reads=_COPILOT_READS,
        usage=inclusive,
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
        scope=f"{EVENTS}{agent.name}",
        scope_version="",
    )


def is_repeated_by(record: LogRecord) -> bool:
    """Whether a record of OpenTelemetry's own event is a coding agent's, which reports the same call by another."""
    return record.scope.startswith(_EVENT_SCOPES)


def _agent_of(record: LogRecord) -> tuple[Agent, str] | None:
    # Codex's library calls an event by its place in the code, and by its name in the attribute.
    names = (record.event_name, first_text(record.attributes, "event.name"))
    return next((found for name in names if (found := _named(name, record.scope)) is not None), None)


def _named(name: str, scope: str) -> tuple[Agent, str] | None:
    prefix, dot, event = name.partition(".")
    agent = _PREFIXES.get(prefix + dot) if dot else None
    if agent is None and not dot and scope:
        agent = next((a for a in AGENTS if a.event_scopes and scope.startswith(a.event_scopes)), None)
        event = name
    return None if agent is None or event not in agent.reads else (agent, event)


def _dialect(agent: Agent) -> Dialect:
    def read(span: Span, context: Context) -> Sequence[Fact]:
        """Return what a span or an event of the agent stands for."""
        operation = first_text(span.attributes, otel_genai.OPERATION)
        name = span.name.removeprefix(agent.event_prefixes[0]) if agent.event_prefixes else span.name
        read_kind = agent.reads.get(name) or agent.reads.get(operation)
        is_event = span.scope.startswith(EVENTS)
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

    scopes = (*agent.span_scopes, f"{EVENTS}{agent.name}")
    return Dialect(name=agent.name, scopes=scopes, markers=agent.markers, read=read)


CLAUDE_CODE, CODEX, GEMINI_CLI, QWEN_CODE, COPILOT_CHAT, COPILOT_CLI = map(_dialect, AGENTS)
