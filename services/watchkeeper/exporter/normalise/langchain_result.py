"""LangChain's results as they are in a span's output: what is said about an answer, never the answer.

Python and JavaScript differ: ``generation_info`` is ``generationInfo`` there, and the message alone names the response.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from watchkeeper.exporter.normalise.json_text import parse, word
from watchkeeper.exporter.normalise.values import RESPONSE_IDS


class Note(msgspec.Struct):
    """What the provider said about an answer; a streamed one has it with each generation."""

    id: Any = None
    model_name: Any = None
    service_tier: Any = None


class _Fields(msgspec.Struct, frozen=True):
    id: Any = None
    name: Any = None
    response_metadata: Note | None = None


class _Message(msgspec.Struct, frozen=True):
    """A message with its fields; its id is the response's in JavaScript, in Python often that of LangChain's run."""

    kwargs: _Fields = _Fields()


class _Generation(msgspec.Struct):
    generation_info: Note | None = None
    message: _Message = _Message()


class _Result(msgspec.Struct):
    generations: list[list[_Generation]] = []
    llm_output: Note | None = None


def notes(output: object) -> list[Note]:
    """All that is said about the answers in an output; none where it is not LangChain's."""
    result = parse(output, _Result) or _Result()
    reported = [result.llm_output]
    for generation in (generation for batch in result.generations for generation in batch):
        reported.extend((generation.generation_info, *_notes_of_message(generation.message.kwargs)))
    return [note for note in reported if note]


def tool_named(output: object) -> str:
    """The tool that the message in its output names; empty where the output is none."""
    return word((parse(output, _Message) or _Message()).kwargs.name)


def _notes_of_message(fields: _Fields) -> Iterable[Note | None]:
    yield fields.response_metadata
    if isinstance(fields.id, str) and fields.id.startswith(RESPONSE_IDS):
        yield Note(id=fields.id)
