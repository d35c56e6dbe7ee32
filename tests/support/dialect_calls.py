"""One model call as every dialect of the catalogue reports it: for tests of what must hold for all of them."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from tests.support.facts import make_span

from watchkeeper.exporter.normalise.catalogue import DIALECTS
from watchkeeper.exporter.normalise.dialect import Normaliser
from watchkeeper.model import LlmCall

Spelling = Callable[[str, str, int, int], tuple[str, dict[str, Any]]]


def _conventions(scope: str) -> Spelling:
    def spell(model: str, provider: str, input_: int, output: int) -> tuple[str, dict[str, Any]]:
        return scope, {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": provider,
            "gen_ai.request.model": model,
            "gen_ai.usage.input_tokens": input_,
            "gen_ai.usage.output_tokens": output,
        }

    return spell


def _langfuse(model: str, provider: str, input_: int, output: int) -> tuple[str, dict[str, Any]]:
    return "langfuse-sdk", {
        "langfuse.observation.type": "generation",
        "langfuse.observation.model.name": model,
        "langfuse.observation.metadata.ls_provider": provider,
        "langfuse.observation.usage_details": json.dumps({"input": input_, "output": output}),
    }


def _vercel(model: str, provider: str, input_: int, output: int) -> tuple[str, dict[str, Any]]:
    return "ai", {
        "ai.operationId": "ai.generateText.doGenerate",
        "ai.model.id": model,
        "ai.model.provider": provider,
        "ai.usage.inputTokens": input_,
        "ai.usage.outputTokens": output,
    }


def _openinference(model: str, provider: str, input_: int, output: int) -> tuple[str, dict[str, Any]]:
    return "openinference.instrumentation.openai", {
        "openinference.span.kind": "LLM",
        "llm.provider": provider,
        "llm.model_name": model,
        "llm.token_count.prompt": input_,
        "llm.token_count.completion": output,
    }


def _genkit(model: str, provider: str, input_: int, output: int) -> tuple[str, dict[str, Any]]:
    return "genkit-tracer", {
        "genkit:metadata:subtype": "model",
        "genkit:name": f"{provider}/{model}",
        "genkit:output": json.dumps({"usage": {"inputTokens": input_, "outputTokens": output}}),
    }


def _mlflow(model: str, provider: str, input_: int, output: int) -> tuple[str, dict[str, Any]]:
    return "mlflow", {
        "mlflow.spanType": '"CHAT_MODEL"',
        "mlflow.llm.model": json.dumps(model),
        "mlflow.llm.provider": json.dumps(provider),
        "mlflow.chat.tokenUsage": json.dumps({"input_tokens": input_, "output_tokens": output}),
    }


def _langsmith(model: str, provider: str, input_: int, output: int) -> tuple[str, dict[str, Any]]:
    _, attributes = _conventions("")(model, provider, input_, output)
    return "langsmith", {**attributes, "langsmith.span.kind": "llm", "langsmith.metadata.ls_provider": provider}


SPELLINGS: Mapping[str, Spelling] = {
    "langfuse": _langfuse,
    "vercel_ai": _vercel,
    "openinference": _openinference,
    "genkit": _genkit,
    "mlflow": _mlflow,
    "langsmith": _langsmith,
    "anthropic_sdk": _conventions("com.anthropic.sdk.python"),
    "litellm": _conventions("litellm"),
    "spring_ai": lambda *call: ("", {**_conventions("")(*call)[1], "spring.ai.kind": "chat"}),
    "pydantic_ai": _conventions("pydantic-ai"),
    "logfire_agents": _conventions("logfire.openai_agents"),
    "openlit": _conventions("openlit.instrumentation.openai"),
    "openllmetry": _conventions("opentelemetry.instrumentation.openai.v1"),
    "otel_genai": _conventions("opentelemetry.instrumentation.genai.openai"),
}
_NORMALISER = Normaliser(DIALECTS)


def call_of(
    dialect: str, model: str, provider: str = "", *, tokens: tuple[int, int] = (100, 20), **more: Any
) -> LlmCall:
    """The call as one dialect reads it; ``more`` are attributes beside those that the dialect needs."""
    scope, attributes = SPELLINGS[dialect](model, provider, *tokens)
    extra = {name.replace("__", "."): value for name, value in more.items()}
    reading = _NORMALISER.read(make_span({**attributes, **extra}, scope=scope))
    (call,) = (fact for fact in reading.facts if isinstance(fact, LlmCall))
    return call
