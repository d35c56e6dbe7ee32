"""Sightings that wait for a better story of their call."""

from collections import OrderedDict
from collections.abc import Iterator
from sys import getsizeof

import msgspec

from watchkeeper.exporter.watch.sighting_index import SightingIndex
from watchkeeper.exporter.watch.sightings import SELF_TRACED, Sighting


class Waiting:
    """Doubtful sightings in the order of their arrival, bounded in number and in bytes."""

    def __init__(self, capacity: int, most_bytes: int) -> None:
        self.capacity = capacity
        self.forgotten = 0
        self._most_bytes = most_bytes
        self._bytes = 0
        # each with its bytes
        self._sightings: OrderedDict[int, tuple[Sighting, int]] = OrderedDict()
        self._self_traced = SightingIndex()

    def __len__(self) -> int:
        return len(self._sightings)

    def add(self, sighting: Sighting) -> list[Sighting]:
        """Add a sighting and return those that can wait no longer because of it."""
        leaving: list[Sighting] = []
        size = _bytes_of(sighting)
        self._sightings[id(sighting)] = sighting, size
        self._bytes += size
        if sighting.height == SELF_TRACED:
            leaving = self._self_traced.add(sighting)
            for left in leaving:
                self._leave(left)
        while len(self._sightings) > self.capacity or self._bytes > self._most_bytes:
            leaving.append(self._pop())
        self.forgotten += len(leaving)
        return leaving

    def take_self_traced(self, higher: Sighting) -> Sighting | None:
        """Remove and return the span that a library made itself of the call that ``higher`` tells."""
        if higher.height == SELF_TRACED or not self._self_traced:
            return None
        taken = self._self_traced.take(higher, is_lower=False)
        if taken is not None:
            self._leave(taken)
        return taken

    def take_due(self, now_ns: int) -> Iterator[Sighting]:
        """Remove and yield the sightings whose wait is over, one by one: a sighting may take another with it."""
        while self._sightings and next(iter(self._sightings.values()))[0].due_ns <= now_ns:
            yield self._pop()

    def _pop(self) -> Sighting:
        oldest, _ = next(iter(self._sightings.values()))
        self._leave(oldest)
        if oldest.height == SELF_TRACED:
            self._self_traced.remove(oldest)
        return oldest

    def _leave(self, sighting: Sighting) -> None:
        _, size = self._sightings.pop(id(sighting))
        self._bytes -= size


def _bytes_of(sighting: Sighting) -> int:
    """The memory of a waiting sighting: what it says, and about as much again for its own parts."""
    if sighting.call is None:
        return 0
    content = sighting.call.content
    said = 0 if content is None else getsizeof(content.input) + getsizeof(content.output)
    return said + 1024 + sum(map(getsizeof, msgspec.structs.astuple(sighting.call.context)))
