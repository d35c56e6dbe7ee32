"""OpenLIT: ``gen_ai.*`` names with its own for time to first token, a cost, and searches in vector databases.

Tokens: as the provider's SDK reports them; for Anthropic's API that is input without cached tokens, so they are added.
Streams without usage are guessed, and marked so.
Source: github.com/openlit/openlit, sdk/python and sdk/typescript.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from watchkeeper.exporter.normalise import otel_genai, vector_store
from watchkeeper.exporter.normalise.buckets import Buckets
from watchkeeper.exporter.normalise.dialect import Dialect
from watchkeeper.exporter.normalise.openlit_estimates import is_estimated
from watchkeeper.exporter.normalise.values import first_seconds, first_text, is_true
from watchkeeper.model import AttributeValue, Context, Fact, LlmCall, Span, Usage
from watchkeeper.model.span import STATUS_ERROR

# Reported for calls that do not stream too, and then it is the whole duration.
_FIRST_TOKEN = ("gen_ai.server.time_to_first_token", "gen_ai.server.ttft")
_STREAMING = (otel_genai.STREAM, "gen_ai.request.is_stream")
# The second is the scope of all instrumentations of versions before 1.34.
_INSTRUMENTATIONS = ("openlit.instrumentation.", "openlit.otel.tracing")
_NAMED_CALLS = frozenset({"chat", "text_completion", "embeddings"})
# Libraries whose answers report cached tokens beside the input.
_EXCLUSIVE_SCOPES = (
    "openlit.instrumentation.anthropic",
    "openlit.instrumentation.bedrock",
    "@openlit/instrumentation-anthropic",
    "@openlit/instrumentation-bedrock",
)
# Libraries whose answers report the tokens of thoughts beside the output.
_THOUGHTS_BESIDE = (
    "openlit.instrumentation.google_ai_studio",
    "openlit.instrumentation.vertexai",
    "@openlit/instrumentation-google-ai",
)
# Providers whose answers always end with a reason: an empty one is a stream that was cut off.
_REASON_IS_SURE = frozenset({"openai", "anthropic", "azure.ai.openai", "az.ai.openai", "azure.openai"})


def read(span: Span, context: Context) -> Sequence[Fact]:
    """Return the call, tool run, agent step or search in a vector store that the span reports.

    Decorated functions carry no operation: no one says what they are, so they give nothing.
    """
    if search := vector_store.read_search(span, context):
        return (search,)
    facts = otel_genai.read_as(span, context, _in_conventions(span))
    return [_completed(fact, span) if isinstance(fact, LlmCall) else fact for fact in facts]


DIALECT = Dialect(name="openlit", scopes=("openlit", "@openlit/"), markers=("openlit.agent.version_hash",), read=read)


def _in_conventions(span: Span) -> dict[str, AttributeValue]:
    attributes = span.attributes
    reported = _failed_call(span) if otel_genai.OPERATION not in attributes else {}
    if not any(is_true(attributes.get(key)) for key in _STREAMING):
        return reported
    reported[otel_genai.STREAM] = True
    reported[otel_genai.FIRST_CHUNK] = first_seconds(attributes, *_FIRST_TOKEN)
    provider = first_text(attributes, *otel_genai.PROVIDER).lower()
    if attributes.get(otel_genai.FINISH_REASONS) in ([""], "") and provider in _REASON_IS_SURE:
        reported[otel_genai.FINISH_REASONS] = ["error"]
    return reported


def _failed_call(span: Span) -> dict[str, AttributeValue]:
    """A call that failed may have no attributes; its instrumentation names the span ``<operation> <model>``."""
    operation, _, model = span.name.partition(" ")
    is_call = span.scope.startswith(_INSTRUMENTATIONS) and operation in _NAMED_CALLS and model
    if not is_call or span.status_code != STATUS_ERROR:
        return {}
    return {otel_genai.OPERATION: operation, otel_genai.REQUEST_MODEL: model}


def _completed(call: LlmCall, span: Span) -> LlmCall:
    """The call with its whole input, and with what its tokens are worth."""
    call = replace(call, usage=_whole(call.usage, span.scope))
    return replace(call, is_usage_estimated=True) if is_estimated(call, span) else call


def _whole(reported: Usage, scope: str) -> Usage:
    whole, _ = Buckets(
        input=reported.input,
        beside_input=(reported.cached_input or 0) + (reported.cache_write or 0),
        are_separate=scope.startswith(_EXCLUSIVE_SCOPES),
    ).whole()
    output = reported.output
    if output is not None and scope.startswith(_THOUGHTS_BESIDE):
        output += reported.reasoning or 0
    return replace(reported, input=whole, output=output)
