"""Texts in queries of Loki. Pure."""

import json
import re
from collections.abc import Sequence

# What is more than itself in an expression of RE2; it refuses a backslash before some of the rest.
_MEANS_MORE = r"[\\.+*?()|\[\]{}^$]"
_ESCAPED = r"\\\g<0>"


def quoted(text: str) -> str:
    """A text as a string of LogQL: JSON's quotes are its quotes, but for what is beyond two bytes, which stays."""
    return json.dumps(text, ensure_ascii=False)


def one_of(label: str, values: Sequence[str]) -> str:
    """A filter for lines whose ``label`` is one of these, whatever characters they are of."""
    if len(values) == 1:
        return f"{label}={quoted(values[0])}"
    return f"{label}=~{quoted('|'.join(re.sub(_MEANS_MORE, _ESCAPED, value) for value in values))}"
