"""Asking one model for one verdict; the only place where a rubric meets an endpoint."""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from watchkeeper.analyzer.endpoints.answer import Answer, Question
from watchkeeper.analyzer.rubric.question import rubric_question
from watchkeeper.analyzer.rubric.reply import read_reply
from watchkeeper.analyzer.rubric.scale import Scale, Verdict

_NONCE_BYTES = 8

Ask = Callable[[Question], Awaitable[Answer]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rubric:
    """A rubric with its scale; ``temperature`` is that of the question, None sends none."""

    text: str
    scale: Scale = field(default_factory=Scale)
    temperature: float | None = 0.0


async def score(ask: Ask, rubric: Rubric, material: Mapping[str, str]) -> Verdict:
    """Return the model's verdict on the material.

    Raises: EndpointError when there is no answer, or one that is no verdict.
    """
    nonce = secrets.token_hex(_NONCE_BYTES)
    question = rubric_question(rubric.text, material, rubric.scale, nonce)
    answer = await ask(Question(prompt=question.prompt, system=question.system, temperature=rubric.temperature))
    return read_reply(answer.text, rubric.scale, nonce)
