"""Messages, as Anthropic speaks them."""

from typing import Any

import msgspec

from watchkeeper.analyzer.endpoints.answer import Answer, Question
from watchkeeper.analyzer.endpoints.post import Reply
from watchkeeper.config.endpoints import Model
from watchkeeper.errors import EndpointError

PATH = "/messages"
# Source: https://docs.anthropic.com/en/api/versioning
_VERSION = "2023-06-01"


class _Block(msgspec.Struct):
    type: str
    text: str = ""


class _Usage(msgspec.Struct):
    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None


class _Message(msgspec.Struct):
    content: list[_Block]
    model: str | None = None
    stop_reason: str | None = None
    usage: _Usage | None = None


def headers(key: str) -> dict[str, str]:
    """The version, and the key where there is one."""
    return {"anthropic-version": _VERSION, **({"x-api-key": key} if key else {})}


def body(model: Model, question: Question) -> dict[str, Any]:
    """What is sent."""
    sent: dict[str, Any] = {
        "model": model.model,
        "messages": [{"role": "user", "content": question.prompt}],
        "max_tokens": model.max_output_tokens,
    }
    if question.system:
        sent["system"] = question.system
    return sent if question.temperature is None else {**sent, "temperature": question.temperature}


def answer(reply: Reply) -> Answer:
    """What it says. Raises: EndpointError when it is not an answer of this API."""
    try:
        message = msgspec.convert(reply.body, _Message)
    except msgspec.ValidationError as error:
        raise EndpointError("invalid_answer", "the answer is not a message") from error
    usage = message.usage or _Usage()
    return Answer(
        text="".join(block.text for block in message.content if block.type == "text"),
        duration_seconds=reply.duration_seconds,
        model=message.model or "",
        finish_reason=message.stop_reason or "",
        input_tokens=_input(usage),
        output_tokens=usage.output_tokens,
    )


def _input(usage: _Usage) -> int | None:
    """Their input tokens leave out those that a cache gave or took."""
    if usage.input_tokens is None:
        return None
    return usage.input_tokens + (usage.cache_read_input_tokens or 0) + (usage.cache_creation_input_tokens or 0)
