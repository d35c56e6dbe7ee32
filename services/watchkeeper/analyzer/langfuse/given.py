"""Texts, times, numbers and ids as Langfuse gives them, made short and sound. Pure."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

_MAX_TEXT = 1024
# Longer than a UUID.
_LONGEST_KEY = 64


def sound(text: str, most: int = _MAX_TEXT) -> str:
    """Cut, and without the halves of characters that JavaScript leaves where it cuts."""
    return text[:most].encode("utf-8", "replace").decode("utf-8")


def seconds_of(text: str) -> float:
    """Unix seconds of an ISO 8601 time. Raises: ValueError, OverflowError."""
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def key_of(id_: str) -> str:
    """The same for the same id, and short."""
    return id_ if len(id_) <= _LONGEST_KEY else hashlib.sha256(id_.encode()).hexdigest()


def numbers_of(value: object) -> dict[str, float]:
    """Amounts by name; numbers of ClickHouse may come as texts."""
    found = {}
    for name, amount in fields_of(value).items():
        try:
            number = float(amount)
        except (TypeError, ValueError, OverflowError):
            continue
        if 0 <= number < float("inf"):
            found[sound(name)] = int(number) if number.is_integer() else number
    return found


def fields_of(value: object) -> Mapping[str, Any]:
    """An object, which may come as its JSON text; empty for anything else."""
    if isinstance(value, str) and value.startswith("{"):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return {}
    return value if isinstance(value, dict) else {}
