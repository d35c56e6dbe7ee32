"""OpenInference: what Arize's instrumentations of clients and frameworks report, by ``openinference.span.kind``.

Tokens: the prompt includes cached and written-to-cache tokens, the completion includes reasoning; some older versions
leave them out, which their total shows.
Source: github.com/Arize-ai/openinference, spec/semantic_conventions.md.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from watchkeeper.exporter.normalise import openinference_call, openinference_score, otel_genai
from watchkeeper.exporter.normalise.dialect import Dialect
from watchkeeper.exporter.normalise.documents import scored_documents
from watchkeeper.exporter.normalise.json_text import parse, word
from watchkeeper.exporter.normalise.values import Attributes, first_text
from watchkeeper.exporter.normalise.verdicts import guardrail_result, judgements
from watchkeeper.model import AttributeValue, Context, Fact, GuardrailCheck, Span
from watchkeeper.model.span import STATUS_ERROR

KIND = "openinference.span.kind"
_DOCUMENT = re.compile(r"retrieval\.documents\.(\d+)\.")
# A method at the end of a span's name, as in CodeAgent.run; and an agent's id that is no name.
_METHOD = re.compile(r"\.(a?run|a?invoke|kickoff|(_a?)?execute\w*|a?chat|arun_stream|run_stream)$")
_RANDOM_ID = re.compile(r"[0-9a-f-]{16,}")
# LlamaIndex reports every method of a model, tool or retriever that calls another one or prepares a call. Its requests
# leave in chat and complete, and their streamed and asynchronous forms.
_LLAMA_INDEX = "llama_index"
_REQUEST = re.compile(r"(^|\.)a?(stream_)?(chat|complete)$")
_INNER_RETRIEVALS = ("._retrieve", "._aretrieve")
_OUTER_TOOL = ".__call__"
# The agents SDK wraps a run in a span of kind AGENT that is the whole workflow: agents have names.
_OPENAI_AGENTS = ("openai_agents", "openai-agents")
# Where a span reports whose it is; most report nothing of it.
_WHO = frozenset({"metadata", "agent.name", "prompt.id", "llm.prompt_template.version"})


class _Metadata(msgspec.Struct):
    """The free metadata of a span, as LangChain and LangGraph fill it."""

    lc_agent_name: Any = None
    agent_name: Any = None
    session_id: Any = None
    thread_id: Any = None
    conversation_id: Any = None
    user_id: Any = None
    team: Any = None
    tenant: Any = None


def read(span: Span, context: Context) -> Sequence[Fact]:
    """Return the facts of one span: what its kind stands for, and the evaluations it carries.

    Instrumentations of this family can be asked to speak OpenTelemetry's names, beside their own or alone.
    """
    kind = first_text(span.attributes, KIND).upper()
    if not kind:
        return otel_genai.read(span, context)
    context = _who(span.attributes, context)
    read_kind = _READERS.get(kind)
    facts = read_kind(span, context) if read_kind else ()
    return (*facts, *openinference_score.read(span.attributes, context))


def _who(attributes: Attributes, context: Context) -> Context:
    if _WHO.isdisjoint(attributes):
        return context
    metadata = parse(attributes.get("metadata"), _Metadata) or _Metadata()
    session = (metadata.session_id, metadata.thread_id, metadata.conversation_id)
    return msgspec.structs.replace(
        context,
        session_id=context.session_id or next(filter(None, map(word, session)), ""),
        user_id=context.user_id or word(metadata.user_id),
        team=context.team or word(metadata.team),
        tenant=context.tenant or word(metadata.tenant),
        agent=context.agent
        or first_text(attributes, "agent.name")
        or word(metadata.lc_agent_name)
        or word(metadata.agent_name),
        prompt=context.prompt or first_text(attributes, "prompt.id"),
        prompt_version=context.prompt_version or first_text(attributes, "llm.prompt_template.version"),
    )


def _chat(span: Span, context: Context) -> Sequence[Fact]:
    if _LLAMA_INDEX in span.scope and not _REQUEST.search(span.name):
        return ()
    return openinference_call.chat(span, context)


def _tool_call(span: Span, context: Context) -> Sequence[Fact]:
    if _LLAMA_INDEX in span.scope and span.name.endswith(_OUTER_TOOL):
        return ()
    tool = first_text(span.attributes, "tool.name") or span.name
    return otel_genai.read_as(span, context, {otel_genai.OPERATION: "execute_tool", otel_genai.TOOL_NAME: tool})


def _retrieval(span: Span, context: Context) -> Sequence[Fact]:
    if _LLAMA_INDEX in span.scope and span.name.endswith(_INNER_RETRIEVALS):
        return ()
    reported: Attributes = {
        otel_genai.OPERATION: "retrieval",
        "gen_ai.data_source.id": span.name,
        "gen_ai.retrieval.documents": _documents(span.attributes),
    }
    return otel_genai.read_as(span, context, reported)


def _documents(attributes: Attributes) -> AttributeValue:
    """Documents are attributes, one for each part of each; nothing found leaves none, but an empty answer."""
    places = {match[1] for key in attributes if (match := _DOCUMENT.match(key))}
    if not places:
        return scored_documents(attributes.get("output.value"))
    return [{"score": attributes.get(f"retrieval.documents.{place}.document.score")} for place in sorted(places)]


def _agent_step(span: Span, context: Context) -> Sequence[Fact]:
    reported_name = context.agent or _reported_agent(span.attributes)
    is_workflow = not reported_name and any(name in span.scope for name in _OPENAI_AGENTS)
    context = msgspec.structs.replace(context, agent=reported_name or _METHOD.sub("", span.name))
    operation = "invoke_workflow" if is_workflow else "invoke_agent"
    return otel_genai.read_as(span, context, {otel_genai.OPERATION: operation})


def _reported_agent(attributes: Attributes) -> str:
    node = first_text(attributes, "graph.node.id")
    return first_text(attributes, "graph.node.name") or ("" if _RANDOM_ID.fullmatch(node) else node)


def _guardrail_check(span: Span, context: Context) -> Sequence[Fact]:
    """A check, where the span reports how it went: a guardrail that ran to its end may still have objected."""
    attributes = span.attributes
    result = guardrail_result(attributes.get("output.value"))
    if not result and span.status_code == STATUS_ERROR:
        result = "blocked"
    guardrail = first_text(attributes, "validator_name") or span.name
    return (GuardrailCheck(context=context, guardrail=guardrail, result=result),) if result else ()


def _judgements(span: Span, context: Context) -> Sequence[Fact]:
    if openinference_score.has_any(span.attributes):
        return ()
    return judgements(span.attributes.get("output.value"), context, span.name)


_READERS: dict[str, Callable[[Span, Context], Sequence[Fact]]] = {
    "LLM": _chat,
    "EMBEDDING": openinference_call.embeddings,
    "RERANKER": openinference_call.rerank,
    "DECISION": openinference_call.decision,
    "TOOL": _tool_call,
    "RETRIEVER": _retrieval,
    "AGENT": _agent_step,
    "GUARDRAIL": _guardrail_check,
    "EVALUATOR": _judgements,
}

DIALECT = Dialect(
    name="openinference",
    scopes=("openinference.instrumentation", "@arizeai/openinference"),
    markers=(KIND,),
    read=read,
)
