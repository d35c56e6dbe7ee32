"""What was seen before, and when: exporters retry, Alertmanager repeats itself, and spans repeat each other."""

from collections.abc import Iterator
from itertools import chain
from typing import Generic, TypeVar

Key = TypeVar("Key", str, int)
Value = TypeVar("Value")


class Repeats:
    """Remembers the last keys, at most ``capacity`` and half as many at least; ``forgotten`` counts those that went.

    There are two generations, of which the older goes at once: keeping all keys in order takes twice the time and the
    memory (bench/ingest.py). Keys are those of ``key_of``, which are short; no key is "" ever.
    """

    def __init__(self, capacity: int) -> None:
        self._young: set[str] = set()
        self._old: set[str] = set()
        self.capacity = capacity
        self.forgotten = 0

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    def __iter__(self) -> Iterator[str]:
        return chain(self._old, self._young)

    def knows(self, key: str) -> bool:
        """True when the key is remembered."""
        return key in self._young or key in self._old

    def is_repeat(self, key: str) -> bool:
        """True when the key was seen before; it is remembered from now on. An empty key is never a repeat."""
        if not key:
            return False
        if key in self._young:
            return True
        is_known = key in self._old
        if is_known:
            self._old.remove(key)
        self._young.add(key)
        if 2 * len(self._young) >= self.capacity:
            self.forgotten += len(self._old)
            self._old, self._young = self._young, set()
        return is_known


class Generations(Generic[Key, Value]):
    """What is known of each of the last keys; bounded in the way of ``Repeats``, in two generations."""

    def __init__(self, capacity: int) -> None:
        self._young: dict[Key, Value] = {}
        self._old: dict[Key, Value] = {}
        self.capacity = capacity
        self.forgotten = 0

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    def of(self, key: Key) -> Value | None:
        """What is known of a key; None when it is not remembered."""
        known = self._young.get(key)
        return self._old.get(key) if known is None else known

    def keep(self, key: Key, value: Value) -> None:
        """Remember a value for a key, in the place of what was known before."""
        self._old.pop(key, None)
        self._young[key] = value
        if 2 * len(self._young) >= self.capacity:
            self.forgotten += len(self._old)
            self._old, self._young = self._young, {}


class RecentTimestamps(Generations[str, int]):
    """Remembers the earliest time, in nanoseconds, of each of the last keys; no key is ""."""

    def note(self, key: str, time_ns: int) -> None:
        """Remember a time for a key; an empty key has none."""
        if not key:
            return
        known = self.of(key)
        self.keep(key, time_ns if known is None or time_ns < known else known)
