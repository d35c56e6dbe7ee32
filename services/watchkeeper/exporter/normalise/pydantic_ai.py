"""pydantic-ai and the LLM integrations of logfire: ``gen_ai.*`` names, older span shapes, and streams in two halves.

Tokens: input includes cached and written-to-cache tokens, output includes reasoning.
Source: github.com/pydantic/pydantic-ai (instrumentation versions 1 to 5), github.com/pydantic/logfire.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from watchkeeper.exporter.normalise import logfire_clients, otel_genai
from watchkeeper.exporter.normalise.dialect import Dialect
from watchkeeper.exporter.normalise.output_messages import last_finish_reason
from watchkeeper.exporter.normalise.raw_usage import with_details
from watchkeeper.exporter.normalise.reported_cost import COST
from watchkeeper.exporter.normalise.values import Attributes, first_seconds, first_text
from watchkeeper.model import AttributeValue, Context, Fact, LlmCall, Span
from watchkeeper.model.span import STATUS_ERROR

_FIRST_CHUNK = (otel_genai.FIRST_CHUNK, otel_genai.OTHER_FIRST_CHUNK)
# What the conventions call it, and the other names that these libraries have for it.
_OTHER_NAMES: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (otel_genai.REASONING, ("gen_ai.usage.details.reasoning_tokens",)),
    (
        otel_genai.CACHED_INPUT,
        tuple(
            f"gen_ai.usage.details.{key}" for key in ("cache_read_tokens", "cache_read_input_tokens", "cached_tokens")
        ),
    ),
    (
        otel_genai.CACHE_WRITE,
        tuple(f"gen_ai.usage.details.{key}" for key in ("cache_write_tokens", "cache_creation_input_tokens")),
    ),
    (COST, ("operation.cost",)),
    (("gen_ai.workflow.name",), ("agent_name",)),
)
# Integrations of logfire that name no operation say what they do in the template of their message.
_TEMPLATES = (
    ("chat completion", "chat"),
    ("responses api", "chat"),
    ("streaming response", "chat"),
    ("message with", "chat"),
    ("completion with", "text_completion"),
    ("embedding", "embeddings"),
)
_RESULTS = (
    *otel_genai.INPUT_TOKENS,
    *otel_genai.OUTPUT_TOKENS,
    otel_genai.RESPONSE_ID,
    otel_genai.FINISH_REASONS,
    "gen_ai.output.messages",
    "response_data",
)
# logfire replaces values whose key or text looks like a secret; "session" is such a word.
_SCRUBBED = "[Scrubbed due to"


def read(span: Span, context: Context) -> Sequence[Fact]:
    """Return the call, tool run or agent step that the span reports; the empty half of a stream reports none."""
    if span.scope.startswith("logfire."):
        span = replace(span, attributes={**span.attributes, **logfire_clients.in_conventions(span.attributes)})
    attributes = span.attributes
    operation = first_text(attributes, otel_genai.OPERATION) or _operation(span)
    if span.scope.startswith("logfire") and _is_empty_half(span):
        return ()
    reported = _in_conventions(attributes) | {otel_genai.OPERATION: operation}
    facts = otel_genai.read_as(span, _unscrubbed(context), reported)
    return [_whole_call(fact, attributes) if isinstance(fact, LlmCall) else fact for fact in facts]


DIALECT = Dialect(
    name="pydantic_ai",
    scopes=("pydantic-ai", "pydantic_ai", "logfire"),
    markers=("pydantic_ai.all_messages", "model_request_parameters"),
    read=read,
)


def _operation(span: Span) -> str:
    """The operation of older shapes: "running tool", "agent run", and requests of logfire's integrations."""
    attributes = span.attributes
    if first_text(attributes, otel_genai.TOOL_NAME):
        return "execute_tool"
    if "agent_name" in attributes and "model_name" in attributes:
        return "invoke_agent"
    # an application's own spans are under "logfire"; what names a model in a scope below it is an integration's
    if not span.scope.startswith("logfire.") or otel_genai.REQUEST_MODEL not in attributes:
        return ""
    template = first_text(attributes, "logfire.msg_template").lower()
    return next((operation for start, operation in _TEMPLATES if template.startswith(start)), "")


def _is_empty_half(span: Span) -> bool:
    """A streamed request is two spans: the request, without a result, and the answer, once it was read to its end."""
    attributes = span.attributes
    if span.status_code == STATUS_ERROR or otel_genai.REQUEST_MODEL not in attributes or _is_log(attributes):
        return False
    return not any(attributes.get(key) not in (None, "") for key in _RESULTS)


def _is_log(attributes: Attributes) -> bool:
    return first_text(attributes, "logfire.span_type") == "log"


def _in_conventions(attributes: Attributes) -> dict[str, AttributeValue]:
    reported: dict[str, AttributeValue] = {}
    for names, others in _OTHER_NAMES:
        if not first_text(attributes, *names) and (value := first_text(attributes, *others)):
            reported[names[0]] = value
    if (seconds := first_seconds(attributes, *_FIRST_CHUNK)) is not None:
        reported |= {otel_genai.FIRST_CHUNK: seconds, otel_genai.STREAM: True}
    reason = last_finish_reason(attributes.get("gen_ai.output.messages"))
    if reason and otel_genai.FINISH_REASONS not in attributes:
        reported[otel_genai.FINISH_REASONS] = reason
    return reported


def _unscrubbed(context: Context) -> Context:
    session, user = context.session_id, context.user_id
    if not session.startswith(_SCRUBBED) and not user.startswith(_SCRUBBED):
        return context
    return replace(
        context,
        session_id="" if session.startswith(_SCRUBBED) else session,
        user_id="" if user.startswith(_SCRUBBED) else user,
    )


def _whole_call(call: LlmCall, attributes: Attributes) -> LlmCall:
    """Usage with the parts that are in the provider's own answer, and the duration that a log has to report itself."""
    usage = with_details(call.usage, attributes.get("gen_ai.usage.raw"))
    if not _is_log(attributes):
        return replace(call, usage=usage)
    return replace(call, usage=usage, duration_seconds=first_seconds(attributes, "duration"), is_streaming=True)
