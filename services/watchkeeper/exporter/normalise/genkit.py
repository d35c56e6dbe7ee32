"""Genkit (JavaScript, Go and Python): ``genkit:*`` on spans of actions, distinguished by the action's subtype.

Tokens: as the plugin reports them; the total shows whether the input has cached tokens and the output thoughts. What a
plugin leaves out may be in the provider's own answer, which the output holds as ``raw``.
Source: github.com/firebase/genkit, js/core/src/tracing/instrumentation.ts and js/ai/src/model-types.ts.
"""

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from watchkeeper.exporter.normalise import otel_genai
from watchkeeper.exporter.normalise.dialect import Dialect
from watchkeeper.exporter.normalise.documents import scored_documents
from watchkeeper.exporter.normalise.json_text import parse, word
from watchkeeper.exporter.normalise.raw_usage import completed
from watchkeeper.exporter.normalise.usage_object import read_usage
from watchkeeper.exporter.normalise.values import Attributes, first_text
from watchkeeper.model import Context, Fact, Span

SUBTYPE = "genkit:metadata:subtype"
_NAME = "genkit:name"
_OUTPUT = "genkit:output"
_OPERATIONS = {
    "model": "chat",
    "embedder": "embeddings",
    "reranker": "rerank",
    "tool": "execute_tool",
    "tool.v2": "execute_tool",
    "retriever": "retrieval",
    "flow": "invoke_workflow",
}
_CALLS = frozenset({"chat", "embeddings", "rerank"})
# The outermost flow in /{plan,t:flow}/{generate,t:util}/{openai/gpt-4o-mini,t:action,s:model}
_FLOW = re.compile(r"\{([^,{}]+),t:flow\}")


class _Answer(msgspec.Struct):
    """A provider's answer; OpenAI's and Gemini's names."""

    id: Any = None
    response_id: Any = msgspec.field(default=None, name="responseId")
    model: Any = None
    model_version: Any = msgspec.field(default=None, name="modelVersion")
    usage: dict[str, Any] = {}


class _Output(msgspec.Struct):
    """What a model's action returns; nothing of its message is decoded."""

    finish_reason: Any = msgspec.field(default=None, name="finishReason")
    usage: dict[str, Any] = {}
    raw: _Answer = msgspec.field(default_factory=_Answer)


def read(span: Span, context: Context) -> Sequence[Fact]:
    """Return the call, tool run, retrieval or flow that an action is; what Genkit does around them gives none."""
    operation = _OPERATIONS.get(first_text(span.attributes, SUBTYPE))
    if operation is None:
        return ()
    reported: Attributes = {otel_genai.OPERATION: operation, **_named(span, operation)}
    if operation in _CALLS:
        reported = {**reported, **_call(span.attributes)}
    return otel_genai.read_as(span, _who(span.attributes, context), reported)


def _who(attributes: Attributes, context: Context) -> Context:
    flow = _FLOW.search(first_text(attributes, "genkit:path"))
    return msgspec.structs.replace(
        context,
        agent=context.agent or (flow[1] if flow else ""),
        session_id=context.session_id or first_text(attributes, "genkit:sessionId"),
    )


def _named(span: Span, operation: str) -> Attributes:
    name = first_text(span.attributes, _NAME) or span.name
    reported: dict[str, Any] = {otel_genai.TOOL_NAME: name, "gen_ai.workflow.name": name, "gen_ai.data_source.id": name}
    if operation == "retrieval":
        reported["gen_ai.retrieval.documents"] = scored_documents(span.attributes.get(_OUTPUT))
    return reported


def _call(attributes: Attributes) -> Attributes:
    """A model's name begins with its plugin, which is named after the provider."""
    plugin, _, model = first_text(attributes, _NAME).partition("/")
    output = parse(attributes.get(_OUTPUT), _Output) or _Output()
    raw = output.raw
    usage = completed(read_usage(output.usage), read_usage(raw.usage))
    return {
        otel_genai.PROVIDER[0]: plugin if model else "",
        otel_genai.REQUEST_MODEL: model or plugin,
        otel_genai.RESPONSE_MODEL: word(raw.model) or word(raw.model_version),
        otel_genai.RESPONSE_ID: word(raw.id) or word(raw.response_id),
        otel_genai.FINISH_REASONS: word(output.finish_reason),
        **otel_genai.tokens_as_reported(usage),
    }


DIALECT = Dialect(name="genkit", scopes=("genkit-tracer",), markers=(SUBTYPE,), read=read)
