import json
from collections.abc import Sequence
from typing import Any

import pytest
from tests.support.facts import make_span
from tests.support.golden import Sums, sum_up
from tests.support.golden import facts_of as captured_facts

from watchkeeper.exporter.normalise.context import read_context
from watchkeeper.exporter.normalise.genkit import read
from watchkeeper.model import AgentStep, Fact, LlmCall, Retrieval, ToolCall, Usage


def facts_of(subtype: str, name: str, output: object = None, **changes: Any) -> Sequence[Fact]:
    """The facts of an action in the flow ``plan``."""
    attributes = {
        "genkit:type": "action",
        "genkit:metadata:subtype": subtype,
        "genkit:name": name,
        "genkit:path": f"/{{plan,t:flow}}/{{generate,t:util}}/{{{name},t:action}}",
        "genkit:output": json.dumps(output),
    }
    span = make_span(attributes, **{"scope": "genkit-tracer", "name": name, **changes})
    return read(span, read_context(span))


def test_a_models_action_is_a_call() -> None:
    """Its name has the provider and the model; the provider's own answer has what the plugin leaves out."""
    output = {
        "finishReason": "stop",
        "message": {"role": "model", "content": [{"text": "Fine."}]},
        "usage": {"inputTokens": 1100, "outputTokens": 50, "totalTokens": 1150},
        "raw": {
            "id": "chatcmpl-0",
            "model": "gpt-4o-mini-2024-07-18",
            "usage": {
                "prompt_tokens": 1100,
                "completion_tokens": 50,
                "prompt_tokens_details": {"cached_tokens": 1024},
                "completion_tokens_details": {"reasoning_tokens": 16},
            },
        },
    }

    (call,) = facts_of("model", "openai/gpt-4o-mini", output)

    assert isinstance(call, LlmCall)
    assert call.usage == Usage(input=1100, output=50, cached_input=1024, reasoning=16)
    assert (call.status, call.finish_reasons, call.response_id) == ("ok", ("stop",), "chatcmpl-0")
    context = call.context
    assert (context.operation, context.provider, context.agent) == ("chat", "openai", "plan")
    assert (context.model, context.model_requested) == ("gpt-4o-mini-2024-07-18", "gpt-4o-mini")


def test_thoughts_are_part_of_the_output() -> None:
    """Gemini counts them beside it, which the total shows."""
    usage = {
        "inputTokens": 100,
        "outputTokens": 20,
        "thoughtsTokens": 30,
        "cachedContentTokens": 64,
        "totalTokens": 150,
    }

    (call,) = facts_of("model", "googleai/gemini-2.5-flash", {"usage": usage})

    assert isinstance(call, LlmCall)
    assert call.usage == Usage(input=100, output=50, cached_input=64, reasoning=30)
    assert (call.context.provider, call.context.model) == ("gcp.gemini", "gemini-2.5-flash")


def test_a_failed_call_reports_why() -> None:
    """The status has Genkit's code and the provider's message."""
    message = "RESOURCE_EXHAUSTED: 429 Rate limit reached"

    (call,) = facts_of("model", "openai/gpt-4o-mini", status_code=2, status_message=message)

    assert isinstance(call, LlmCall)
    assert (call.status, call.context.model) == ("rate_limited", "gpt-4o-mini")


def test_an_embedder_is_a_call_without_tokens() -> None:
    """Genkit reports vectors, and no usage."""
    (call,) = facts_of("embedder", "openai/text-embedding-3-small", {"embeddings": [{"embedding": [0.1, 0.2]}]})

    assert isinstance(call, LlmCall)
    assert (call.context.operation, call.usage) == ("embeddings", Usage())


def test_tools_retrievers_and_flows_have_their_names() -> None:
    """The action's name is the tool's, the retriever's or the flow's."""
    (tool,) = facts_of("tool", "get_weather", "rain")
    (retrieval,) = facts_of("retriever", "kb", {"documents": [{"content": []}, {"content": []}]})
    (flow,) = facts_of("flow", "plan", "done")

    assert isinstance(tool, ToolCall)
    assert isinstance(retrieval, Retrieval)
    assert isinstance(flow, AgentStep)
    assert (tool.tool, tool.context.agent) == ("get_weather", "plan")
    assert (retrieval.retriever, retrieval.documents) == ("kb", 2)
    assert (flow.kind, flow.context.agent) == ("invoke_workflow", "plan")


@pytest.mark.parametrize("subtype", ["", "prompt", "executable-prompt", "util"])
def test_what_is_around_calls_reports_nothing(subtype: str) -> None:
    """A generation repeats the tokens of its model's actions."""
    usage = {"inputTokens": 1100, "outputTokens": 50}

    assert facts_of(subtype, "generate", {"usage": usage}) == ()


@pytest.mark.parametrize(
    ("payload", "sums"),
    [
        ("model.1", Sums(calls={"ok": 1}, tokens=(1100, 1024, 0, 50, 16))),
        ("stream.1", Sums(calls={"ok": 1}, tokens=(1101, 1024, 0, 51, 16))),
        ("error.1", Sums(calls={"rate_limited": 1})),
        ("embedder.1", Sums(calls={"ok": 1}, embeddings=1)),
        ("tool.1", Sums(tools={"ok": 1})),
        ("generate.1", Sums()),
    ],
)
def test_what_genkit_sent_is_what_happened(payload: str, sums: Sums) -> None:
    """An action of each kind, as the server's journal has it; embedders report no tokens, and generate() is no call."""
    assert sum_up(captured_facts("genkit-1.42.0", payload)) == sums
