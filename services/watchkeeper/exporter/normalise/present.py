"""Which of the names that clients have for something a record has, remembered by its set of keys.

A concept has up to a dozen names, of which a span has one or none, and the spans of one library repeat their keys:
asking for each name in each span took a tenth of the time of reading a call (bench/ingest.py).
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Generic, TypeVar

# Groups of names, as a NamedTuple; each in the order in which they count.
NamesT = TypeVar("NamesT", bound=tuple[tuple[str, ...], ...])

# Keys are the sender's: 1024 sets of at most 4096 characters take 12 MB if all are invented.
_REMEMBERED_SETS = 1024
_REMEMBERED_CHARACTERS = 4096


class Present(Generic[NamesT]):
    """Reduces groups of names to those that are among the keys of a record; bounded memory, no other state."""

    def __init__(self, names: NamesT, make: Callable[[Iterable[tuple[str, ...]]], NamesT]) -> None:
        self._names = names
        self._make = make
        self._known: dict[tuple[str, ...], NamesT] = {}

    def of(self, record: Mapping[str, object]) -> NamesT:
        """The same groups, each with the names alone that the record has."""
        keys = tuple(record)
        found = self._known.get(keys)
        return self._find(keys) if found is None else found

    def _find(self, keys: tuple[str, ...]) -> NamesT:
        there = frozenset(keys)
        found = self._make(tuple([name for name in names if name in there]) for names in self._names)
        if sum(map(len, keys)) <= _REMEMBERED_CHARACTERS:
            if len(self._known) >= _REMEMBERED_SETS:
                self._known.clear()
            self._known[keys] = found
        return found
