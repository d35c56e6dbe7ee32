"""Who takes the most of something, in bounded memory.

Source: A. Metwally, D. Agrawal, A. El Abbadi, "Efficient computation of frequent and top-k elements in data streams"
(SpaceSaving), 2005. Whoever has more than 1/capacity of the total is among those kept.
"""

from heapq import heapify, heapreplace

import msgspec


class _Share(msgspec.Struct, gc=False):
    """What one key has taken: never more than ``upper``, never less than ``upper - error``."""

    upper: float
    error: float


class HeavyHitters:
    """Adds up amounts of at most ``capacity`` keys; a new key takes the place of the one with the least."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._shares: dict[str, _Share] = {}
        # The least share is at the front or was when it was put there: shares only grow, so a stale entry is too low.
        self._heap: list[tuple[float, str]] = []

    def __len__(self) -> int:
        return len(self._shares)

    def add(self, key: str, amount: float) -> None:
        """Add a positive amount; logarithmic in the capacity at worst, on average over many."""
        share = self._shares.get(key)
        if share is not None:
            share.upper += amount
        elif len(self._shares) < self._capacity:
            self._shares[key] = _Share(amount, 0.0)
            self._heap.append((amount, key))
            if len(self._heap) == self._capacity:
                heapify(self._heap)
        else:
            least = self._forget_least(key, amount)
            self._shares[key] = _Share(least + amount, least)

    def sure(self) -> dict[str, float]:
        """What each kept key has taken at least."""
        return {key: share.upper - share.error for key, share in self._shares.items()}

    def _forget_least(self, successor: str, amount: float) -> float:
        """Give the place of the least to ``successor``, and return what the least had."""
        while True:
            upper, key = self._heap[0]
            now = self._shares[key].upper
            if now == upper:
                break
            heapreplace(self._heap, (now, key))
        del self._shares[key]
        heapreplace(self._heap, (upper + amount, successor))
        return upper
