"""How many values a JSON text holds, before anything is made of it: ``1,`` becomes an object of sixty bytes."""

from watchkeeper.errors import TooManyError

# A request of 8192 spans, the collector's batch, with twenty attributes each, has 700,000; measured, 72 bytes each.
MOST_VALUES = 800_000

_WINDOW = 64 * 1024
_BEGINNINGS = (b",", b"{", b"[")


def check_values(text: bytes, at_most: int = MOST_VALUES) -> None:
    """Refuse a text of too many values; small ones and usual ones cost nothing.

    Raises: TooManyError.
    """
    if len(text) > at_most and _count(text) > at_most and _count_outside(text, at_most) > at_most:
        raise TooManyError(f"body: must hold at most {at_most} values, send smaller batches")


def _count(text: bytes) -> int:
    """What begins a value, also where a string only looks so."""
    return sum(map(text.count, _BEGINNINGS))


def _count_outside(text: bytes, at_most: int) -> int:
    """What begins a value outside of strings, or is a string itself; no further than to ``at_most``."""
    found = 0
    is_inside = is_escaped = False
    for start in range(0, len(text), _WINDOW):
        window = text[start + is_escaped : start + _WINDOW].replace(rb"\\", b"").replace(rb"\"", b"")
        is_escaped = window.endswith(b"\\")
        parts = window.split(b'"')
        found += _count(b"".join(parts[is_inside::2])) + len(parts) // 4
        is_inside ^= len(parts) % 2 == 0
        if found > at_most:
            break
    return found
