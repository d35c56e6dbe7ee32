r"""Half characters in JSON: what a client leaves that cuts text inside an emoji.

JavaScript writes the half as an escape (``"\ud83d"``), which JSON allows and UTF-8 has no bytes for. A strict decoder
refuses the whole body then: one cut text would take all its neighbours with it.
"""

import re
from collections.abc import Callable
from typing import TypeVar

import msgspec

Decoded = TypeVar("Decoded")

# Every escape is matched, so that a backslash that is itself escaped never begins one.
_HIGH, _LOW = rb"u[dD][89abAB][0-9a-fA-F]{2}", rb"u[dD][c-fC-F][0-9a-fA-F]{2}"
_ESCAPE = re.compile(rb"\\(?:" + _HIGH + rb"\\" + _LOW + rb"|(" + _HIGH + rb"|" + _LOW + rb")|.)", re.DOTALL)
_REPLACEMENT = rb"\ufffd"
# Each is looked at: 0.2 s.
_MOST_ESCAPES = 500_000


def decode_leniently(decode: Callable[[bytes], Decoded], body: bytes) -> Decoded:
    """Return what ``decode`` makes of the body; if it fails, of the body with half characters replaced.

    Raises: msgspec.DecodeError when that fails too.
    """
    try:
        return decode(body)
    except msgspec.ValidationError:
        raise  # the text was understood
    except msgspec.DecodeError:
        if body.count(b"\\") > _MOST_ESCAPES:
            raise
        repaired = without_half_characters(body)
        if repaired == body:
            raise
        return decode(repaired)


def without_half_characters(text: bytes) -> bytes:
    """The JSON text with every surrogate that has no other half replaced by U+FFFD."""
    return _ESCAPE.sub(lambda found: _REPLACEMENT if found[1] else found[0], text)
