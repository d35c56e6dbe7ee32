"""What was refused, and why: the opposite of losing something silently."""

import msgspec


class Rejection(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One record, or one part of it, that was rejected.

    ``reason`` is a snake_case word from a small set and becomes a label; ``detail`` says what was wrong
    and where, for the sender; ``index`` is the record's place in its batch.
    """

    reason: str
    detail: str
    index: int = 0
