"""OTLP attributes read straight from their bytes, where a client writes them as nearly all do.

Every SDK writes a ``KeyValue`` in one way: the key, then the value, lengths in as few bytes as they need. Reading that
by hand takes a third of the time that protobuf takes to make its objects (bench/ingest.py); ``attributes.py`` gives
whatever is written in another way to protobuf, which also decides what is broken.
Source: protobuf.dev/programming-guides/encoding; field numbers of opentelemetry/proto/common/v1 (stable).
"""

import math
from functools import lru_cache
from struct import unpack_from

# A tag is the field's number times 8 plus the kind of wire: 2 text or message, 0 varint, 1 eight bytes.
_KEY, _VALUE = 0x0A, 0x12
_STRING, _INT, _DOUBLE = 0x0A, 0x18, 0x21
_SIZE_OF_DOUBLE = 10
# The largest number, and the longest length, that is written in one byte.
_ONE_BYTE = 0x7F
_LONGEST_LENGTH = 5
# The first bit of each byte of a varint says whether another follows; by the number of bytes.
_MORE_FOLLOWS = {1: 0, 2: 0x80, 3: 0x8080}


def read_usual(raw: bytes) -> tuple[str, str | int | float] | None:
    """Key and value of a ``KeyValue`` that holds text, a whole number from 0 or a finite number; None of any other."""
    try:
        start = raw[1] + 2
        if raw[0] != _KEY or start > _ONE_BYTE or raw[start] != _VALUE:
            return None
        size = len(raw) - start - 1
        if size <= _ONE_BYTE and raw[start + 1] == size - 1 and raw[start + 2] == _STRING:  # most are short texts
            return (_key(raw[2:start]), raw[start + 4 :].decode()) if raw[start + 3] == size - 3 else None
        value = _read_value(raw, start + 1, size)
        return None if value is None else (_key(raw[2:start]), value)
    except (IndexError, UnicodeDecodeError):
        return None


def _read_value(raw: bytes, start: int, size: int) -> str | int | float | None:
    """The value in the last ``size`` bytes, its own length included."""
    if size > _ONE_BYTE:
        head = _text_head(size)
        return raw[start + len(head) :].decode() if head and raw.startswith(head, start) else None
    if raw[start] != size - 1:
        return None
    tag = raw[start + 1]
    if tag == _INT:
        return _read_number(raw[start + 2 :])
    if tag == _DOUBLE and size == _SIZE_OF_DOUBLE:
        number: float = unpack_from("<d", raw, start + 2)[0]
        return number if math.isfinite(number) else None
    return None


def _read_number(raw: bytes) -> int | None:
    """A varint of at most three bytes, seven bits in each: numbers up to two million."""
    bits = int.from_bytes(raw, "little")
    if bits & 0x808080 != _MORE_FOLLOWS.get(len(raw)):
        return None
    return bits & 0x7F | bits >> 1 & 0x3F80 | bits >> 2 & 0x1FC000


@lru_cache(maxsize=4096)  # the names of attributes are few, and a key is shorter than 128 bytes here
def _key(name: bytes) -> str:
    return name.decode()


@lru_cache(maxsize=4096)
def _text_head(size: int) -> bytes:
    """What is before a text that fills the last ``size`` bytes: two lengths and a tag; empty where none fits."""
    outer = _length_of_rest(size)
    inner = _length_of_rest(size - len(outer) - 1)
    return outer + bytes((_STRING,)) + inner if outer and inner else b""


def _length_of_rest(size: int) -> bytes:
    """The length that together with what it measures takes ``size`` bytes; empty where there is none."""
    lengths = (_varint(max(size - own, 0)) for own in range(1, _LONGEST_LENGTH + 1))
    return next((length for own, length in enumerate(lengths, 1) if len(length) == own), b"")


def _varint(number: int) -> bytes:
    written = bytearray()
    while number > _ONE_BYTE:
        written.append(number & _ONE_BYTE | 0x80)
        number >>= 7
    return bytes((*written, number))
