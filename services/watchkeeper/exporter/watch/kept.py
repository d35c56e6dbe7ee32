"""What an open trace keeps of many: the first ones by their beginning, and a few names."""

from typing import Any, TypeVar

# A loop shows within a few dozen runs; every run beyond is still counted.
MAX_RUNS = 64
MAX_NAME = 128
# An agent uses a model or three; who makes up names shall not fill the memory.
MAX_NAMES = 16

_Kept = TypeVar("_Kept", bound=tuple[int, str, Any])


def keep(kept: list[_Kept], new: _Kept) -> int:
    """Keep the first ones by their beginning, sorted seldom; return how many are kept more than before."""
    before = len(kept)
    kept.append(new)
    if before >= 2 * MAX_RUNS:
        kept[:] = first(kept)
    return len(kept) - before


def first(kept: list[_Kept]) -> list[_Kept]:
    """The first ``MAX_RUNS``, in the order in which they began."""
    return sorted(kept, key=lambda one: one[:2])[:MAX_RUNS] if len(kept) > 1 else kept


def with_name(names: tuple[str, ...], name: str) -> tuple[str, ...] | None:
    """One name more, unless it is among them; None when there would be too many to keep."""
    known = name[:MAX_NAME]
    if known in names:
        return names
    return (*names, known) if len(names) < MAX_NAMES else None
