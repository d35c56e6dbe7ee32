"""How the assistant asks its model: by OpenAI's client, streamed, as a customer would see the answer."""

from dataclasses import dataclass, field
from typing import Any, cast

from openai import NOT_GIVEN, AsyncOpenAI

Messages = list[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What every call of one conversation has in common. ``seed`` makes answers repeatable."""

    client: AsyncOpenAI
    model: str
    seed: int
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Step:
    """What the model says next: an answer, or a tool to run with arguments in JSON."""

    text: str = ""
    tool: str = ""
    arguments: str = ""
    call_id: str = ""


async def next_step(call: Call, messages: Messages, tools: list[dict[str, Any]]) -> Step:
    """Ask, and put the pieces of the stream together.

    Raises: openai.APIError.
    """
    stream = await call.client.chat.completions.create(
        model=call.model,
        seed=call.seed,
        messages=cast("Any", messages),
        tools=cast("Any", tools or NOT_GIVEN),
        stream=True,
        stream_options={"include_usage": True},
        **call.options,
    )
    step = Step()
    async for chunk in stream:
        for choice in chunk.choices[:1]:
            step.text += choice.delta.content or ""
            for called in (choice.delta.tool_calls or [])[:1]:
                step.call_id = step.call_id or called.id or ""
                step.tool += (called.function and called.function.name) or ""
                step.arguments += (called.function and called.function.arguments) or ""
    return step
