"""LiteLLM's OpenTelemetry callback, of its SDK and of its proxy: ``gen_ai.*`` names with texts where types should be.

Tokens: input includes cached tokens; those, cache writes and reasoning are reported only inside a Python repr.
Source: github.com/BerriAI/litellm, litellm/integrations/opentelemetry.py.
"""

import re
from collections.abc import Sequence

from msgspec.structs import replace

from watchkeeper.exporter.normalise import openinference, otel_genai
from watchkeeper.exporter.normalise.buckets import whole_usage
from watchkeeper.exporter.normalise.dialect import Dialect
from watchkeeper.exporter.normalise.indexed import indexed
from watchkeeper.exporter.normalise.model_names import provider_name, split_model
from watchkeeper.exporter.normalise.raw_usage import with_details
from watchkeeper.exporter.normalise.values import Attributes, first_count, first_text, is_true
from watchkeeper.model import AttributeValue, Context, Fact, GuardrailCheck, LlmCall, Span
from watchkeeper.model.span import STATUS_ERROR

_USAGE = "metadata.usage_object"
_TOTAL = "gen_ai.usage.total_tokens"
_PROMPT_ID = re.compile(r"""['"]prompt_id['"]:\s*['"]([^'"]{1,200})['"]""")
_PROMPT_VERSION = re.compile(r"""['"]prompt_version['"]:\s*['"]?([\w.-]{1,50})""")

_CHATS = frozenset({"chat", "completion", "responses", "anthropic_messages", "generate_content"})
_OPERATIONS = {
    **dict.fromkeys(("embedding", "embeddings"), "embeddings"),
    **dict.fromkeys(("text_completion",), "text_completion"),
    **dict.fromkeys(("rerank",), "rerank"),
    **dict.fromkeys(("image_generation", "image_edit", "speech", "transcription"), "generate_content"),
    **dict.fromkeys(_CHATS, "chat"),
}
_TEAM = ("metadata.user_api_key_team_alias", "metadata.team_alias")
_USER = ("metadata.user_api_key_end_user_id", "metadata.user_api_key_user_id")
_SESSION = ("metadata.session_id", "metadata.litellm_session_id", "litellm.session_id")
_INTERVENTIONS = {
    "guardrail_intervened": "blocked",
    "intervened": "blocked",
    "blocked": "blocked",
    "flagged": "flagged",
}


def read(span: Span, context: Context) -> Sequence[Fact]:
    """Return the call or the guardrail's check that the span reports.

    The raw request is the same call again, and spans of the proxy's own work (caches, databases, authentication) are
    none: neither names an operation.
    """
    attributes = span.attributes
    if openinference.KIND in attributes:  # its callbacks for Langfuse, Phoenix and Arize speak OpenInference
        return openinference.read(span, _completed(context, attributes))
    if guardrail := first_text(attributes, "guardrail_name"):
        return (GuardrailCheck(context=context, guardrail=guardrail, result=_verdict(span)),)
    reported_operation = first_text(attributes, otel_genai.OPERATION, "llm.request.type").lower()
    operation = _OPERATIONS.get(reported_operation.removeprefix("a"), "") or _OPERATIONS.get(reported_operation, "")
    if not operation:
        return ()
    facts = otel_genai.read_as(span, _completed(context, attributes), _in_conventions(attributes, operation))
    return [_as_one_call(fact, attributes) if isinstance(fact, LlmCall) else fact for fact in facts]


DIALECT = Dialect(
    name="litellm",
    scopes=("litellm",),
    markers=("litellm.call_id", "litellm.provider.model", "gen_ai.cost.total_cost", _USAGE),
    read=read,
)


def _completed(context: Context, attributes: Attributes) -> Context:
    prompt = first_text(attributes, "metadata.prompt_management_metadata")
    name, version = _PROMPT_ID.search(prompt), _PROMPT_VERSION.search(prompt)
    return replace(
        context,
        team=context.team or first_text(attributes, *_TEAM),
        user_id=context.user_id or first_text(attributes, *_USER),
        session_id=context.session_id or first_text(attributes, *_SESSION),
        prompt=context.prompt or (name[1] if name else ""),
        prompt_version=context.prompt_version or (version[1] if name and version else ""),
    )


def _in_conventions(attributes: Attributes, operation: str) -> dict[str, AttributeValue]:
    reported: dict[str, AttributeValue] = {
        otel_genai.OPERATION: operation,
        otel_genai.PROVIDER[0]: _provider(attributes),
    }
    if is_true(attributes.get("llm.is_streaming")):
        reported[otel_genai.STREAM] = True
    if otel_genai.FINISH_REASONS not in attributes:
        reported[otel_genai.FINISH_REASONS] = indexed(attributes, "gen_ai.completion", "finish_reason")
    return reported


def _provider(attributes: Attributes) -> str:
    """The provider, which is empty for embeddings and has to be read from the model's prefix then."""
    reported = first_text(attributes, *otel_genai.PROVIDER, "error.llm_provider")
    prefix, slash, _ = first_text(attributes, "litellm.provider.model").partition("/")
    return provider_name(reported or (prefix if slash else ""))


def _as_one_call(call: LlmCall, attributes: Attributes) -> LlmCall:
    """Models without the provider that LiteLLM writes in front of them, and usage with all parts and whole totals."""
    reported = call.context
    model, provider = split_model(reported.model, reported.provider)
    requested, provider = split_model(reported.model_requested, provider)
    context = replace(reported, model=model, model_requested=requested, provider=provider)
    usage = with_details(call.usage, attributes.get(_USAGE))
    return replace(call, context=context, usage=whole_usage(usage, first_count(attributes, _TOTAL)))


def _verdict(span: Span) -> str:
    """What the guardrail decided, as far as it is reported; masking is an intervention that lets the request pass."""
    attributes = span.attributes
    status = first_text(attributes, "guardrail_status").lower()
    if status in _INTERVENTIONS or span.status_code == STATUS_ERROR:
        return _INTERVENTIONS.get(status, "blocked")
    masked = first_text(attributes, "masked_entity_count")
    return "flagged" if masked.strip("{} ") else "passed"
