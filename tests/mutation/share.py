"""Some of many things, others after each commit."""

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def share(every: Sequence[T], most: int, number: int) -> list[T]:
    """Return all where they are ``most`` or fewer, or else one in so many from all over; the number decides which."""
    step = max(1, -(-len(every) // most))
    return list(every[number % step :: step])
