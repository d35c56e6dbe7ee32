"""The values that are frequent in a stream, in bounded memory.

Source: J. Misra, D. Gries, "Finding repeated elements", 1982. With k counters, a value's count is too low by at most
n / (k + 1) after n values, and never too high: nothing that came once can look frequent.
"""


class Frequent:
    """Counts at most ``capacity`` values; every count is a number of observations that surely happened."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._counts: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._counts)

    def add(self, value: str) -> int:
        """Count one observation and return how many are sure; constant time on average, as what is taken was added."""
        counts = self._counts
        if value in counts or len(counts) < self._capacity:
            counts[value] = sure = counts.get(value, 0) + 1
            return sure
        self._counts = {kept: count - 1 for kept, count in counts.items() if count > 1}
        return 0

    def forget(self, value: str) -> None:
        """Give the value's place to another."""
        self._counts.pop(value, None)
