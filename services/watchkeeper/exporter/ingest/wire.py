"""How much a protobuf message holds, before anything is made of it: a message of two bytes becomes an object of sixty.

Only what becomes objects is looked into. Whatever is not written as every client writes it is refused here, because a
parser that reads on would find what was not counted.
Source: protobuf.dev/programming-guides/encoding.
"""

from collections.abc import Mapping
from typing import Final, Union

from watchkeeper.errors import TooManyError

# The fields of a message that are looked into, by number: a message, or packed numbers of so many bytes at least.
Shape = Mapping[int, Union["Shape", int]]

_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5
_LAST_BYTE: Final = 0x7F
_LONGEST_VARINT = 10
# An object for each message, and space in one for each field: measured with upb, 60 to 100 bytes and 16.
_MESSAGE = 3


def weigh(raw: bytes, shape: Shape, at_most: int) -> int:
    """Return how many fields the message has, at all depths; one that holds a message counts three times.

    Raises: TooManyError when they are more than ``at_most``, ValueError when it is no message.
    """
    try:
        return _weigh(raw, shape, at_most)
    except IndexError as error:
        raise ValueError("a message ends too early") from error


def _weigh(raw: bytes, shape: Shape, at_most: int) -> int:  # noqa: C901  # a call for each field takes as long again
    left = at_most
    inside: list[tuple[int, int, Shape]] = [(0, len(raw), shape)]
    while inside:
        place, end, fields = inside.pop()
        while place < end:
            tag = raw[place]
            place += 1
            if tag > _LAST_BYTE:
                tag, place = _varint(raw, place - 1)
            kind = tag & 7
            left -= 1
            if kind == _LENGTH:
                size = raw[place]
                place += 1
                if size > _LAST_BYTE:
                    size, place = _varint(raw, place - 1)
                inner = fields.get(tag >> 3)
                if inner is not None:
                    if isinstance(inner, int):
                        left -= size // inner
                    else:
                        left -= _MESSAGE - 1
                        inside.append((place, place + size, inner))
                place += size
            elif kind == _VARINT:
                _, place = _varint(raw, place)
            else:
                place += _size_of(kind)
            if left < 0:
                raise TooManyError(f"must hold at most {at_most} fields")
        if place != end:
            raise ValueError("a message ends too early")
    return at_most - left


def _varint(raw: bytes, place: int) -> tuple[int, int]:
    """The number at a place, and the place behind it."""
    number = 0
    for count in range(_LONGEST_VARINT):
        byte = raw[place + count]
        number |= (byte & _LAST_BYTE) << 7 * count
        if byte <= _LAST_BYTE:
            return number, place + count + 1
    raise ValueError("a number is longer than ten bytes")


def _size_of(kind: int) -> int:
    """Bytes of a number of a fixed size; groups, which OTLP has none of, are refused."""
    if kind == _FIXED64:
        return 8
    if kind == _FIXED32:
        return 4
    raise ValueError("a field is of a kind that OTLP does not have")
