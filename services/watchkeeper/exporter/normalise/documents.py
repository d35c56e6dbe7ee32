"""What a retrieval found, in numbers: how many documents, and their scores. Never their text."""

from collections.abc import Iterable
from typing import Any

from watchkeeper.exporter.normalise.json_text import parse
from watchkeeper.exporter.normalise.values import as_number
from watchkeeper.model import AttributeValue

# Under these names a retriever's answer lists what it found.
_LISTS = ("documents", "results", "matches", "hits", "nodes", "chunks", "data", "outputs", "output")
_SCORES = ("score", "relevance_score", "similarity")


def scored_documents(answer: object) -> list[AttributeValue] | None:
    """An item with its score for each document in a retriever's answer; None when the answer lists none."""
    documents = parse(answer, list[Any])
    if documents is None:
        fields = parse(answer, dict[str, Any]) or {}
        documents = next((fields[name] for name in _LISTS if isinstance(fields.get(name), list)), None)
    return None if documents is None else [{"score": _score(document)} for document in documents]


def best(scores: Iterable[object]) -> float | None:
    """The highest of the scores that are numbers."""
    return max((float(number) for score in scores if (number := as_number(score)) is not None), default=None)


def _score(document: object) -> AttributeValue:
    if not isinstance(document, dict):
        return None
    nested = document.get("metadata")
    places = (document, nested) if isinstance(nested, dict) else (document,)
    scores = (place.get(name) for place in places for name in _SCORES)
    return next((score for score in scores if isinstance(score, int | float | str)), None)
