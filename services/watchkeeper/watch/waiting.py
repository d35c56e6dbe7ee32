"""Sightings that wait for a better story of their call, and those that may be told again."""

from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from sys import getsizeof

import msgspec

from watchkeeper.watch.sightings import SELF_TRACED, Sighting, is_same

_PER_MODEL = 256
_MODELS = 128


class Waiting:
    """Doubtful sightings in the order of their arrival, bounded in number and in bytes."""

    def __init__(self, capacity: int, most_bytes: int) -> None:
        self.capacity = capacity
        self.forgotten = 0
        self._most_bytes = most_bytes
        self._bytes = 0
        self._sightings: OrderedDict[int, Sighting] = OrderedDict()
        self._self_traced = ByModel()

    def __len__(self) -> int:
        return len(self._sightings)

    def add(self, sighting: Sighting) -> list[Sighting]:
        """Add a sighting and return those that can wait no longer because of it."""
        leaving: list[Sighting] = []
        self._sightings[id(sighting)] = sighting
        self._bytes += _bytes_of(sighting)
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
        if higher.height == SELF_TRACED or not self._self_traced.models:
            return None
        taken = self._self_traced.take(higher.family, lambda own: is_same(own, higher))
        if taken is not None:
            self._leave(taken)
        return taken

    def take_due(self, now_ns: int) -> Iterator[Sighting]:
        """Remove and yield the sightings whose wait is over, one by one: a sighting may take another with it."""
        while self._sightings and next(iter(self._sightings.values())).due_ns <= now_ns:
            yield self._pop()

    def _pop(self) -> Sighting:
        oldest = next(iter(self._sightings.values()))
        self._leave(oldest)
        if oldest.height == SELF_TRACED:
            self._self_traced.remove(oldest)
        return oldest

    def _leave(self, sighting: Sighting) -> None:
        del self._sightings[id(sighting)]
        self._bytes -= _bytes_of(sighting)


class ByModel:
    """Sightings by family of models, oldest first; bounded in families and in sightings of each."""

    def __init__(self) -> None:
        self.models: OrderedDict[str, deque[Sighting]] = OrderedDict()

    def add(self, sighting: Sighting) -> list[Sighting]:
        """Add a sighting and return those that must leave for it."""
        sightings = self.models.setdefault(sighting.family, deque())
        self.models.move_to_end(sighting.family)
        sightings.append(sighting)
        leaving = [sightings.popleft()] if len(sightings) > _PER_MODEL else []
        if len(self.models) > _MODELS:
            leaving.extend(self.models.popitem(last=False)[1])
        return leaving

    def take(self, family: str, is_wanted: Callable[[Sighting], bool]) -> Sighting | None:
        """Remove and return the newest wanted sighting of a family."""
        sightings = self.models.get(family)
        if not sightings:
            return None
        wanted = next((s for s in reversed(sightings) if is_wanted(s)), None)
        if wanted is not None:
            self.remove(wanted)
        return wanted

    def remove(self, sighting: Sighting) -> None:
        """Remove a sighting that is there, and its model with the last one."""
        sightings = self.models[sighting.family]
        sightings.remove(sighting)
        if not sightings:
            del self.models[sighting.family]


def _bytes_of(sighting: Sighting) -> int:
    """The memory of a waiting sighting: what it says, and about as much again for its own parts."""
    if sighting.call is None:
        return 0
    content = sighting.call.content
    said = 0 if content is None else getsizeof(content.input) + getsizeof(content.output)
    return said + 1024 + sum(map(getsizeof, msgspec.structs.astuple(sighting.call.context)))
