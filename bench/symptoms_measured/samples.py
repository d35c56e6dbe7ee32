"""What symptoms are measured on: ordinary answers of many kinds, and answers that are wrong, made with a seed."""

import inspect
import json
import random
from collections.abc import Iterator
from importlib import import_module
from typing import NamedTuple

from symptoms_measured.texts import ORDINARY, REFUSALS, SHORT

SEED = 20261129
# Modules of Python itself, of which everybody has the same functions.
_MODULES = ("ast", "argparse", "calendar", "csv", "datetime", "difflib", "email", "fractions", "heapq", "html", "json")
_ANSWERS_A_LANGUAGE = 150
_TABLES = 300


class Sample(NamedTuple):
    """An answer, the question before it, what kind of text it is, and whether JSON was asked for."""

    kind: str
    text: str
    question: str = ""
    is_json_asked: bool = False


def ordinary() -> Iterator[Sample]:
    """Answers that are as they should be."""
    chance = random.Random(SEED)  # noqa: S311  # the same samples every time
    for language, sentences in ORDINARY.items():
        for _ in range(_ANSWERS_A_LANGUAGE):
            chosen = chance.sample(sentences, chance.randint(1, len(sentences)))
            space = "" if language in ("Chinese", "Japanese") else " "
            yield Sample(language, space.join(chosen), chance.choice(sentences))
    yield from (Sample("very short right answers", text, "How many?") for text in SHORT)
    yield from (Sample("code", code) for code in _code())
    yield from (Sample("tables", _table(chance)) for _ in range(_TABLES))
    yield from (Sample("JSON", text, "", is_json_asked=True) for text in _json(chance))
    yield from (Sample("lists", _list(chance)) for _ in range(_TABLES))


def wrong() -> Iterator[tuple[str, Sample]]:
    """Answers that are wrong, each with the symptom that they have."""
    chance = random.Random(SEED + 1)  # noqa: S311
    for language, refusals in REFUSALS.items():
        yield from (("refusal", Sample(language, text)) for text in refusals)
    for language, sentences in ORDINARY.items():
        for _ in range(20):
            yield "gibberish", Sample(language, _stuck(chance, sentences))
        for other, answers in ORDINARY.items():
            if _letters(other) != _letters(language):
                question, answer = " ".join(sentences[:3]), " ".join(answers[:3])
                yield "language_switched", Sample(f"{language} answered in {other}", answer, question)
    for text in list(_json(chance))[:50]:
        yield "invalid_json", Sample("cut JSON", text[: len(text) // 2], "", is_json_asked=True)
        yield "invalid_json", Sample("JSON in words", f"Here it is: {text}", "", is_json_asked=True)
    yield from (("empty", Sample("nothing", text)) for text in ("", " ", "\n\n", "\t"))
    yield from (("too_short", Sample("no words", text)) for text in ("...", "…", "?", "```", "---", "* * *"))


def _code() -> Iterator[str]:
    for name in _MODULES:
        source = inspect.getsource(import_module(name))
        yield from (f"```python\n{source[at : at + 2000]}\n```" for at in range(0, len(source), 2000))


def _table(chance: random.Random) -> str:
    columns, rows = chance.randint(2, 6), chance.randint(3, 40)
    head = "| " + " | ".join(f"column {n}" for n in range(columns)) + " |"
    line = "|" + "---|" * columns
    kinds = [chance.choice(("number", "money", "word", "date")) for _ in range(columns)]
    body = ("| " + " | ".join(_cell(chance, kind) for kind in kinds) + " |" for _ in range(rows))
    return "\n".join((head, line, *body))


def _cell(chance: random.Random, kind: str) -> str:
    if kind == "number":
        return str(chance.randint(0, 100))
    if kind == "money":
        return f"{chance.uniform(0, 5000):.2f}"
    if kind == "date":
        return f"2026-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
    return chance.choice(("yes", "no", "open", "paid", "Berlin", "Paris", "Oslo", "pending"))


def _json(chance: random.Random) -> Iterator[str]:
    for _ in range(_TABLES):
        rows = [
            {"id": chance.randint(1, 9999), "status": chance.choice(("open", "paid")), "total": _cell(chance, "money")}
            for _ in range(chance.randint(1, 30))
        ]
        yield json.dumps({"orders": rows})


def _list(chance: random.Random) -> str:
    sentences = chance.choice(list(ORDINARY.values()))
    return "\n".join(f"{n}. {chance.choice(sentences)}" for n in range(1, chance.randint(4, 9)))


def _stuck(chance: random.Random, sentences: tuple[str, ...]) -> str:
    """A model that begins well and then repeats a few words, or one, to the end of its tokens."""
    sentence = chance.choice(sentences)
    words = sentence.split() if " " in sentence else list(sentence)
    at, length = chance.randrange(len(words) - 3), chance.randint(1, 4)
    space = " " if " " in sentence else ""
    return f"{sentence}{space}" + space.join(words[at : at + length] * chance.randint(80, 300))


def _letters(language: str) -> str:
    return {"Russian": "cyrillic", "Chinese": "han", "Japanese": "japanese", "Arabic": "arabic"}.get(language, "latin")
