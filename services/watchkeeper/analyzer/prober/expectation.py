"""How much of what a canary expects an answer has; pure, except for the rubric, which a model scores elsewhere."""

import json
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from watchkeeper.config.expectations import Expectation
from watchkeeper.config.json_schemas import fits
from watchkeeper.config.patterns import compile_pattern


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One thing that was expected: what it is, in words, and how much of it is there, from 0 to 1."""

    expected: str
    score: float


def parts(expect: Expectation, text: str) -> Iterator[Part]:
    """Yield how well an answer meets each expectation, without that of a rubric."""
    if expect.keywords:
        found = plain(text)
        share = sum(plain(keyword) in found for keyword in expect.keywords) / len(expect.keywords)
        yield Part(expected="keywords " + ", ".join(expect.keywords), score=share)
    if expect.output is not None:
        yield Part(expected=f"output {expect.output}", score=float(plain(text) == plain(expect.output)))
    if expect.regex is not None:
        is_found = compile_pattern(expect.regex).search(text) is not None
        yield Part(expected=f"regex {expect.regex}", score=float(is_found))
    if expect.json_schema is not None:
        yield Part(expected="JSON of a schema", score=float(_fits(expect.json_schema, text)))


def mean(scored: list[Part]) -> float:
    """The score of an answer."""
    return sum(part.score for part in scored) / len(scored)


def plain(text: str) -> str:
    """Text without what makes no difference: case, kinds of space, and ways to write the same character."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _fits(schema: Mapping[str, Any], text: str) -> bool:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return fits(schema)(document)
