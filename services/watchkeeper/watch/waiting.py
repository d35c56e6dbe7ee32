"""Sightings that wait for a better story of their call, and those that may be told again."""

from collections import OrderedDict, deque
from collections.abc import Iterator
from sys import getsizeof

import msgspec

from watchkeeper.watch.sightings import SELF_TRACED, SLACK_NS, Sighting, is_same

_PER_MODEL = 256
_MODELS = 128
# A trace or a service, and a number of input tokens.
_Place = tuple[str, int]
_NOTHING: dict[int, Sighting] = {}


class Waiting:
    """Doubtful sightings in the order of their arrival, bounded in number and in bytes."""

    def __init__(self, capacity: int, most_bytes: int) -> None:
        self.capacity = capacity
        self.forgotten = 0
        self._most_bytes = most_bytes
        self._bytes = 0
        # each with its bytes
        self._sightings: OrderedDict[int, tuple[Sighting, int]] = OrderedDict()
        self._self_traced = ByModel()

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
        if higher.height == SELF_TRACED or not self._self_traced.models:
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


class ByModel:
    """Sightings by family of models, oldest first; bounded in families and in sightings of each."""

    def __init__(self) -> None:
        self.models: OrderedDict[str, _Family] = OrderedDict()

    def add(self, sighting: Sighting) -> list[Sighting]:
        """Add a sighting and return those that must leave for it."""
        family = self.models.get(sighting.family)
        if family is None:
            family = self.models[sighting.family] = _Family()
        self.models.move_to_end(sighting.family)
        family.add(sighting)
        leaving = [family.remove_oldest()] if len(family.by_age) > _PER_MODEL else []
        if len(self.models) > _MODELS:
            leaving.extend(self.models.popitem(last=False)[1].by_age.values())
        return leaving

    def take(self, sought: Sighting, *, is_lower: bool) -> Sighting | None:
        """Remove and return what tells the same call as ``sought``: what names it, or else the newest that fits.

        ``is_lower``: ``sought`` looks at the call from nearer to the wire than these.
        """
        family = self.models.get(sought.family)
        if family is None:
            return None
        candidates = family.candidates(sought, is_lower=is_lower)
        wanted = next((s for s in candidates if (is_same(sought, s) if is_lower else is_same(s, sought))), None)
        if wanted is not None:
            self.remove(wanted)
        return wanted

    def remove(self, sighting: Sighting) -> None:
        """Remove a sighting that is there, and its model with the last one."""
        family = self.models[sighting.family]
        family.remove(sighting)
        if not family.by_age:
            del self.models[sighting.family]


class _Family:
    """Sightings of one family, found by what must be the same in two of one call.

    Looking at all of them took most of the time where several libraries tell of the same models; and filing them before
    one is sought, a twelfth of the time where only one does (bench/ingest.py).
    """

    def __init__(self) -> None:
        self.by_age: dict[int, Sighting] = {}
        self._unfiled: deque[Sighting] = deque(maxlen=_PER_MODEL)
        self._by_place: dict[_Place, dict[int, Sighting]] = {}
        self._by_response: dict[str, Sighting] = {}
        self._by_span: dict[str, Sighting] = {}
        self._by_parent: dict[str, Sighting] = {}

    def add(self, sighting: Sighting) -> None:
        """Add a sighting; it is the newest."""
        self.by_age[id(sighting)] = sighting
        self._unfiled.append(sighting)

    def candidates(self, sought: Sighting, *, is_lower: bool) -> Iterator[Sighting]:
        """What may be the same call: what names it, then the newest in its time, of fitting place and input.

        ``is_lower``: these sightings look at the call from further away than ``sought``.
        """
        self._file()
        named = (
            self._by_response.get(sought.response_id),
            self._by_span.get(sought.parent_span_id),
            self._by_parent.get(sought.span_id),
        )
        yield from filter(None, named)
        start_ns, end_ns = sought.start_ns, sought.end_ns
        for others in self._around(sought):
            for other in reversed(others.values()):
                if is_lower:
                    if other.start_ns <= start_ns and end_ns <= other.end_ns + SLACK_NS:
                        yield other
                elif start_ns <= other.start_ns and other.end_ns <= end_ns + SLACK_NS:
                    yield other

    def _around(self, sought: Sighting) -> Iterator[dict[int, Sighting]]:
        """The sightings of its trace, its service and none, where both inputs fit; all where that is not told."""
        if sought.input == 0 or not sought.service:
            yield self.by_age
            return
        for name in (sought.trace_id, sought.service, ""):
            for told in (sought.input, 0):
                yield self._by_place.get((name, told), _NOTHING)

    def remove(self, sighting: Sighting) -> None:
        """Remove a sighting that is there."""
        key = id(sighting)
        del self.by_age[key]
        for place in _places(sighting):
            there = self._by_place.get(place, _NOTHING)
            if there.pop(key, None) is not None and not there:
                del self._by_place[place]
        for names, name in self._names(sighting):
            if names.get(name) is sighting:
                del names[name]

    def remove_oldest(self) -> Sighting:
        """Remove and return the oldest."""
        oldest = next(iter(self.by_age.values()))
        self.remove(oldest)
        return oldest

    def _file(self) -> None:
        """File what came since one was sought, and is still there."""
        while self._unfiled:
            sighting = self._unfiled.popleft()
            if (key := id(sighting)) in self.by_age:
                for place in _places(sighting):
                    self._by_place.setdefault(place, {})[key] = sighting
                for names, name in self._names(sighting):
                    names[name] = sighting

    def _names(self, sighting: Sighting) -> tuple[tuple[dict[str, Sighting], str], ...]:
        return (
            (self._by_response, sighting.response_id),
            (self._by_span, sighting.span_id),
            (self._by_parent, sighting.parent_span_id),
        )


def _places(sighting: Sighting) -> tuple[_Place, _Place]:
    return (sighting.trace_id, sighting.input), (sighting.service, sighting.input)


def _bytes_of(sighting: Sighting) -> int:
    """The memory of a waiting sighting: what it says, and about as much again for its own parts."""
    if sighting.call is None:
        return 0
    content = sighting.call.content
    said = 0 if content is None else getsizeof(content.input) + getsizeof(content.output)
    return said + 1024 + sum(map(getsizeof, msgspec.structs.astuple(sighting.call.context)))
