"""JSON inside attributes: the few fields that are wanted, and nothing of the content around them."""

import ast
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from watchkeeper.model import AttributeValue

Wanted = TypeVar("Wanted")

# A tool's name or an id; longer text under these keys is content.
_MAX_WORD = 256
# A usage object has a few hundred characters, and a few objects in it.
_MAX_PRINTED = 4000
_MAX_DEPTH = 16


def parse(value: object, wanted: type[Wanted]) -> Wanted | None:
    """Decode JSON text, or an attribute that is structured already; None when it is of another shape."""
    try:
        if isinstance(value, str | bytes):
            return msgspec.json.decode(value, type=wanted)
        return None if value is None else msgspec.convert(value, type=wanted)
    except (msgspec.MsgspecError, RecursionError):
        return None


def parse_fields(value: AttributeValue) -> Mapping[str, Any]:
    """Decode an object whose keys are not known, in JSON or as Python prints it; empty when it is none."""
    return parse(value, dict[str, Any]) or (_printed(value) if isinstance(value, str) else {})


def _printed(text: str) -> Mapping[str, Any]:
    """A dict as Python prints it, where it is short and flat enough to be one of numbers."""
    if not text.startswith("{") or "'" not in text or len(text) > _MAX_PRINTED or text.count("{") > _MAX_DEPTH:
        return {}
    try:
        printed = ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return {}
    return printed if isinstance(printed, dict) and all(isinstance(key, str) for key in printed) else {}


def plain(value: object) -> str:
    """Text, also where a client encoded it as JSON once more, in quotes."""
    if isinstance(value, str) and value.startswith('"'):
        return parse(value, str) or ""
    return word(value)


def word(value: object) -> str:
    """A name or an id; empty when the value is none."""
    if value is None or isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    text = str(value)
    return text if len(text) <= _MAX_WORD else ""
