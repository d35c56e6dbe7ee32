"""Chat completions, as OpenAI and most servers speak them."""

from typing import Any

import httpx
import msgspec

from watchkeeper.analyzer.endpoints.answer import Answer, Question
from watchkeeper.analyzer.endpoints.post import Reply
from watchkeeper.config.endpoints import Model
from watchkeeper.errors import EndpointError

PATH = "/chat/completions"
# OpenAI's own newer models refuse max_tokens; most other servers know nothing else.
_NEW_NAME_AT = "api.openai.com"


class _Message(msgspec.Struct):
    content: str | None = None


class _Choice(msgspec.Struct):
    message: _Message
    finish_reason: str | None = None


class _Usage(msgspec.Struct):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class _Completion(msgspec.Struct):
    choices: list[_Choice]
    model: str | None = None
    system_fingerprint: str | None = None
    usage: _Usage | None = None


def headers(key: str) -> dict[str, str]:
    """With the key, where there is one."""
    return {"authorization": f"Bearer {key}"} if key else {}


def body(model: Model, question: Question) -> dict[str, Any]:
    """What is sent."""
    system = [{"role": "system", "content": question.system}] if question.system else []
    limit = "max_completion_tokens" if httpx.URL(model.url).host == _NEW_NAME_AT else "max_tokens"
    sent: dict[str, Any] = {
        "model": model.model,
        "messages": [*system, {"role": "user", "content": question.prompt}],
        limit: model.max_output_tokens,
    }
    return sent if question.temperature is None else {**sent, "temperature": question.temperature}


def answer(reply: Reply) -> Answer:
    """What it says. Raises: EndpointError when it is not an answer of this API."""
    try:
        completion = msgspec.convert(reply.body, _Completion)
        choice = completion.choices[0]
    except (msgspec.ValidationError, IndexError) as error:
        raise EndpointError("invalid_answer", "the answer is not a chat completion") from error
    usage = completion.usage or _Usage()
    return Answer(
        text=choice.message.content or "",
        duration_seconds=reply.duration_seconds,
        model=completion.model or "",
        fingerprint=completion.system_fingerprint or "",
        finish_reason=choice.finish_reason or "",
        input_tokens=usage.prompt_tokens,
        output_tokens=usage.completion_tokens,
    )
