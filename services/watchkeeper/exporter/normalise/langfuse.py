"""Langfuse's own SDKs (Python from 3 on, JavaScript from 4 on): ``langfuse.observation.*`` on OTLP spans.

Values are JSON text more often than not. There is no provider and no operation; errors may be in the level alone.
Where an application sets these attributes on spans of OpenTelemetry's conventions, the conventions fill the gaps.
Source: langfuse.com/integrations/native/opentelemetry, property mapping.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import msgspec

from watchkeeper.exporter.normalise import otel_genai, span_named
from watchkeeper.exporter.normalise.dialect import Dialect
from watchkeeper.exporter.normalise.json_text import parse_fields, plain, word
from watchkeeper.exporter.normalise.model_names import split_model
from watchkeeper.exporter.normalise.reported_cost import COST, COST_PARTS, are_zero
from watchkeeper.exporter.normalise.usage_object import read_cost, read_usage
from watchkeeper.exporter.normalise.values import RESPONSE_IDS, Attributes, first_text
from watchkeeper.exporter.normalise.verdicts import guardrail_result, judgements
from watchkeeper.model import Context, Fact, GuardrailCheck, Span
from watchkeeper.model.span import STATUS_ERROR

_O = "langfuse.observation."


def _metadata(*names: str) -> tuple[str, ...]:
    return tuple(f"{_O}metadata.{name}" for name in names)


TYPE = f"{_O}type"
MODEL = f"{_O}model.name"
USAGE = f"{_O}usage_details"
LEVEL = f"{_O}level"
_MESSAGE = f"{_O}status_message"
_PARAMETERS = f"{_O}model.parameters"
_COST = f"{_O}cost_details"
_OUTPUT = f"{_O}output"
_FIRST_TOKEN = f"{_O}completion_start_time"
_TEAM = (*_metadata("team"), "langfuse.trace.metadata.team")
_TENANT = (*_metadata("tenant"), "langfuse.trace.metadata.tenant")
_PROMPT = (f"{_O}prompt.name", "langfuse.prompt.name")
_PROMPT_VERSION = (f"{_O}prompt.version", "langfuse.prompt.version")
_PROVIDER, _TIER = _metadata("ls_provider"), _metadata("service_tier")
_REASON, _STATUS, _OBJECT, _ID = (
    _metadata("finish_reason", "stop_reason"),
    _metadata("status"),
    _metadata("object"),
    _metadata("id"),
)
# text-embedding-3-small, mistral-embed, cohere.embed-english-v3: part of the name of every model of embeddings.
_EMBEDDING = "embed"
# The SDKs send it when no one named an environment.
_UNNAMED_ENVIRONMENT = "default"


def read(span: Span, context: Context) -> Sequence[Fact]:
    """Return the fact that the observation's type stands for; spans, chains and events give none."""
    attributes = span.attributes
    kind = first_text(attributes, TYPE).lower() or ("generation" if MODEL in attributes else "")
    if not kind:
        return otel_genai.read(span, context)
    read_kind = _READERS.get(kind)
    return read_kind(_with_reported_status(span), _who(span, context)) if read_kind else ()


def _who(span: Span, context: Context) -> Context:
    attributes = span.attributes
    reported = first_text(attributes, "langfuse.environment") or first_text(span.resource, "langfuse.environment")
    return msgspec.structs.replace(
        context,
        environment=context.environment or ("" if reported == _UNNAMED_ENVIRONMENT else reported),
        session_id=context.session_id or first_text(attributes, "langfuse.session.id"),
        user_id=context.user_id or first_text(attributes, "langfuse.user.id"),
        team=context.team or _first_plain(attributes, _TEAM),
        tenant=context.tenant or _first_plain(attributes, _TENANT),
        prompt=first_text(attributes, *_PROMPT) or context.prompt,
        prompt_version=first_text(attributes, *_PROMPT_VERSION) or context.prompt_version,
    )


def _first_plain(attributes: Attributes, keys: Sequence[str]) -> str:
    for key in keys:
        value = attributes.get(key)
        if value is not None and (reported := plain(value)):
            return reported
    return ""


def _with_reported_status(span: Span) -> Span:
    """The span with the failure that Langfuse reports beside, or instead of, its status."""
    if first_text(span.attributes, LEVEL).upper() != "ERROR":
        return span
    message = first_text(span.attributes, _MESSAGE) or span.status_message
    return msgspec.structs.replace(span, status_code=STATUS_ERROR, status_message=message)


def _generation(span: Span, context: Context) -> Sequence[Fact]:
    """The JavaScript wrapper calls every request a generation; a model of embeddings is known by its name."""
    is_embedding = _EMBEDDING in first_text(span.attributes, MODEL).lower()
    return _read_call(span, context, "embeddings" if is_embedding else "chat")


def _embedding(span: Span, context: Context) -> Sequence[Fact]:
    return _read_call(span, context, "embeddings")


def _read_call(span: Span, context: Context, operation: str) -> Sequence[Fact]:
    attributes = span.attributes
    first_token = _seconds_to_first_token(span)
    reported: Attributes = {
        otel_genai.OPERATION: operation,
        **_model(attributes),
        otel_genai.STREAM: None if first_token is None else True,
        otel_genai.FIRST_CHUNK: first_token,
        otel_genai.FINISH_REASONS: _finish_reason(attributes),
        otel_genai.RESPONSE_ID: _response_id(attributes),
        otel_genai.SERVICE_TIER[0]: _service_tier(attributes),
        **_cost(attributes),
    }
    known = {name: value for name, value in reported.items() if value not in (None, "")}
    tokens = (
        otel_genai.tokens_as_reported(read_usage(attributes[USAGE], first_text(attributes, MODEL)))
        if attributes.get(USAGE)
        else {}
    )
    return otel_genai.read_as(span, context, {**known, **tokens})


def _model(attributes: Attributes) -> Attributes:
    reported_provider = first_text(attributes, *otel_genai.PROVIDER) or _first_plain(attributes, _PROVIDER)
    model, provider = split_model(first_text(attributes, MODEL), reported_provider)
    return {otel_genai.RESPONSE_MODEL: model, otel_genai.PROVIDER[0]: provider}


def _finish_reason(attributes: Attributes) -> str:
    """The reason; a status is one only where the metadata are those of the Responses API, not the application's."""
    reported = _first_plain(attributes, _REASON)
    is_response = _first_plain(attributes, _OBJECT) == "response"
    return reported or (_first_plain(attributes, _STATUS) if is_response else "")


def _response_id(attributes: Attributes) -> str:
    reported = _first_plain(attributes, _ID)
    return reported if reported.startswith(RESPONSE_IDS) else ""


def _service_tier(attributes: Attributes) -> str:
    parameters = parse_fields(attributes.get(_PARAMETERS))
    return _first_plain(attributes, _TIER) or word(parameters.get("service_tier"))


def _cost(attributes: Attributes) -> Attributes:
    """The cost; zero is what the wrappers send when they do not know it, but not when they know its parts."""
    details = parse_fields(attributes.get(_COST))
    cost = read_cost(details) if details else None
    if cost == 0 and are_zero(details, "input", "output"):
        return {COST[0]: "0", **dict.fromkeys(COST_PARTS, "0")}
    return {COST[0]: str(cost) if cost else ""}


def _seconds_to_first_token(span: Span) -> float | None:
    """From the start to ``completion_start_time``, an RFC 3339 time that most SDKs put in quotes once more."""
    try:
        instant = datetime.fromisoformat(plain(span.attributes.get(_FIRST_TOKEN)))
    except ValueError:
        return None
    seconds = (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).timestamp() - span.start_ns / 1e9
    return seconds if seconds >= 0 and span.start_ns > 0 else None


def _retrieval(span: Span, context: Context) -> Sequence[Fact]:
    return span_named.retrieval(span, context, span.attributes.get(_OUTPUT))


def _guardrail_check(span: Span, context: Context) -> Sequence[Fact]:
    """A check: its level reports how it went, else what it returned."""
    level = first_text(span.attributes, LEVEL).upper()
    result = {"WARNING": "flagged", "ERROR": "blocked"}.get(level) or guardrail_result(span.attributes.get(_OUTPUT))
    return (GuardrailCheck(context=context, guardrail=span.name, result=result),) if result else ()


def _judgements(span: Span, context: Context) -> Sequence[Fact]:
    return judgements(span.attributes.get(_OUTPUT), context, span.name)


_READERS: dict[str, Callable[[Span, Context], Sequence[Fact]]] = {
    "generation": _generation,
    "embedding": _embedding,
    "tool": span_named.tool_call,
    "retriever": _retrieval,
    "agent": span_named.agent_step,
    "guardrail": _guardrail_check,
    "evaluator": _judgements,
}

DIALECT = Dialect(name="langfuse", scopes=("langfuse-sdk",), markers=(TYPE, MODEL, USAGE), read=read)
