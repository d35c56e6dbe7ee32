"""A model call of our own as a native event, so that it is priced and counted like any other; pure."""

from typing import Any

from watchkeeper.analyzer.endpoints.answer import Answer
from watchkeeper.config.endpoints import Model


def call_event(service: str, operation: str, model: Model, answer: Answer, *, prompt: str) -> dict[str, Any]:
    """The event of one answer of a model, without what was said in it."""
    event: dict[str, Any] = {
        "type": "llm_call",
        "service": service,
        "operation": operation,
        "model": answer.model or model.model,
        "model_requested": model.model,
        "provider": model.provider,
        "prompt": prompt,
        "duration_seconds": answer.duration_seconds,
        "finish_reason": answer.finish_reason,
        "input_tokens": answer.input_tokens,
        "output_tokens": answer.output_tokens,
    }
    return {name: value for name, value in event.items() if value is not None}
