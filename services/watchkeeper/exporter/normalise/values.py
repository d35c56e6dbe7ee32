"""Reading attributes whatever type a client gave them: numbers as text, text as JSON, nothing as something."""

import math
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

import msgspec

from watchkeeper.model import AttributeValue

# No model reads or writes more tokens in one call; larger numbers are errors, not usage.
MAX_TOKENS = 10**10
_MAX_TEXT = 1024
# What OpenAI's and Anthropic's response ids look like: other ids are the application's or the framework's own.
RESPONSE_IDS = ("resp_", "chatcmpl-", "msg_")

Attributes = Mapping[str, AttributeValue]


def text_of(attributes: Attributes, key: str) -> str:
    """What ``first_text`` makes of one key; most concepts have but one, and are asked for in every span."""
    value = attributes.get(key)
    if isinstance(value, str):
        return value[:_MAX_TEXT]
    return "" if value is None else first_text(attributes, key)


def first_text(attributes: Attributes, *keys: str) -> str:
    """The first of ``keys`` that holds a non-empty scalar, as text of at most 1024 characters."""
    for key in keys:
        value = attributes.get(key)
        if value is None:
            continue
        if isinstance(value, str):
            if value:
                return value[:_MAX_TEXT]
        elif not isinstance(value, bytes | list | dict):
            return str(value)[:_MAX_TEXT]
    return ""


def first_count(attributes: Attributes, *keys: str) -> int | None:
    """The first of ``keys`` that holds a whole number of 0 or more, also as text or as a float."""
    for key in keys:
        value = attributes.get(key)
        if value is None:
            continue
        if type(value) is int and 0 <= value <= MAX_TOKENS:  # nearly always
            return value
        if (count := as_count(value)) is not None:
            return count
    return None


def as_count(value: object) -> int | None:
    """A valid count, or None."""
    number = as_number(value)
    if number is None or number < 0 or number > MAX_TOKENS or number != int(number):
        return None
    return int(number)


def first_seconds(attributes: Attributes, *keys: str) -> float | None:
    """The first of ``keys`` that holds a finite number of seconds, 0 or more."""
    for key in keys:
        value = attributes.get(key)
        if value is not None and (number := as_number(value)) is not None and number >= 0:
            return float(number)
    return None


def as_number(value: object) -> int | float | None:
    """A finite number, also from text; booleans are not numbers."""
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, str):
        try:
            value = float(value) if len(value) <= 32 else None  # noqa: PLR2004  # longer text is not a number
        except ValueError:
            return None
    if isinstance(value, int | float) and math.isfinite(value):
        return value
    return None


def first_dollars(attributes: Attributes, *keys: str) -> Decimal | None:
    """The first of ``keys`` that holds an amount of 0 or more, exactly as the client spelled it."""
    for key in keys:
        value = attributes.get(key)
        if not isinstance(value, str | int | float) or isinstance(value, bool) or value == "":
            continue
        try:
            amount = Decimal(str(value)[:64])
        except InvalidOperation:
            continue
        if amount.is_finite() and amount >= 0:
            return amount
    return None


def is_true(value: AttributeValue) -> bool:
    """Truth in any of its spellings: True, "True", "true", 1."""
    return value is True or value == 1 or (isinstance(value, str) and value.lower() == "true")


def text_list(value: AttributeValue) -> tuple[str, ...]:
    """A list of words: from an array, a JSON array in text, or one word; empty words are left out."""
    if isinstance(value, str):
        if value.startswith("["):
            value = _parsed_list(value)
        else:
            return (value,) if value else ()
    if isinstance(value, list):
        return tuple([item for item in value if isinstance(item, str) and item])
    return ()


def _parsed_list(text: str) -> list[AttributeValue]:
    try:
        return msgspec.json.decode(text, type=list)
    except (msgspec.DecodeError, RecursionError):
        return []
