"""Texts, times and ids as Langfuse gives them, made short and sound. Pure."""

import hashlib
from datetime import UTC, datetime

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
