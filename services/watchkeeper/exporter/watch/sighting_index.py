"""Sightings that may be told again, found by what must be the same in two of one call."""

from collections import OrderedDict, deque
from collections.abc import Iterator
from itertools import chain
from typing import TypeVar

from watchkeeper.exporter.watch.sightings import SLACK_NS, Sighting, is_same

# Of one model and service, so that a service's calls do not push out those of another: 450 B each. A group takes 2 KB
# itself, and names of models may be invented.
_PER_GROUP = 256
_GROUPS = 1024
_MOST = 16_384
_NOTHING: dict[int, Sighting] = {}
Key = TypeVar("Key", str, int)


class SightingIndex:
    """Sightings by family of models and service, oldest first; bounded in each and in all.

    Two sightings of one call come from the same service, from one that has no name, or stand in the same trace.
    """

    def __init__(self) -> None:
        self.groups: OrderedDict[tuple[str, str], _Group] = OrderedDict()
        self._services: dict[str, dict[str, None]] = {}
        self._by_trace: dict[str, dict[int, Sighting]] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, sighting: Sighting) -> list[Sighting]:
        """Add a sighting and return those that must leave for it."""
        key = (sighting.family, sighting.service)
        group = self.groups.get(key)
        if group is None:
            group = self.groups[key] = _Group()
            self._services.setdefault(sighting.family, {})[sighting.service] = None
        self.groups.move_to_end(key)
        group.add(sighting)
        self._count += 1
        if sighting.trace_id:
            self._by_trace.setdefault(sighting.trace_id, {})[id(sighting)] = sighting
        if len(group.by_age) > _PER_GROUP:
            leaving = [group.oldest()]
        elif self._count > _MOST or len(self.groups) > _GROUPS:
            leaving = list(next(iter(self.groups.values())).by_age.values())
        else:
            return []
        for left in leaving:
            self.remove(left)
        return leaving

    def take(self, sought: Sighting, *, is_lower: bool) -> Sighting | None:
        """Remove and return what tells the same call as ``sought``: what names it, or else the newest that fits.

        ``is_lower``: ``sought`` looks at the call from nearer to the wire than these.
        """
        groups, same_trace = self._groups_near(sought), self._by_trace.get(sought.trace_id, _NOTHING)
        if not groups and not same_trace:
            return None
        of_groups = (sighting for group in groups for sighting in group.candidates(sought, is_lower=is_lower))
        for sighting in chain(of_groups, reversed(same_trace.values())):
            if is_same(sought, sighting) if is_lower else is_same(sighting, sought):
                self.remove(sighting)
                return sighting
        return None

    def remove(self, sighting: Sighting) -> None:
        """Remove a sighting that is there, and what is empty then."""
        key = (sighting.family, sighting.service)
        group = self.groups[key]
        group.remove(sighting)
        self._count -= 1
        if sighting.trace_id:
            _remove(self._by_trace, sighting.trace_id, sighting)
        if not group.by_age:
            del self.groups[key]
            services = self._services[sighting.family]
            del services[sighting.service]
            if not services:
                del self._services[sighting.family]

    def _groups_near(self, sought: Sighting) -> list["_Group"]:
        """Of its model: those of its service and of none, or all where it does not tell its own."""
        services = (sought.service, "") if sought.service else self._services.get(sought.family, ())
        found = [self.groups.get((sought.family, service)) for service in services]
        return [group for group in found if group is not None]


class _Group:
    """Sightings of one family of models and one service.

    Looking at all of them took most of the time where several libraries tell of the same models; and filing them before
    one is sought, a twelfth of the time where only one does (bench/ingest.py).
    """

    def __init__(self) -> None:
        self.by_age: dict[int, Sighting] = {}
        self._unfiled: deque[Sighting] = deque(maxlen=_PER_GROUP)
        self._by_input: dict[int, dict[int, Sighting]] = {}
        self._by_response: dict[str, Sighting] = {}
        self._by_span: dict[str, Sighting] = {}
        self._by_parent: dict[str, Sighting] = {}

    def add(self, sighting: Sighting) -> None:
        """Add a sighting; it is the newest."""
        self.by_age[id(sighting)] = sighting
        self._unfiled.append(sighting)

    def oldest(self) -> Sighting:
        """The one that was added first."""
        return next(iter(self.by_age.values()))

    def candidates(self, sought: Sighting, *, is_lower: bool) -> Iterator[Sighting]:
        """What may be the same call: what names it, then the newest in its time and of the same input, or of none."""
        self._file()
        named = (
            self._by_response.get(sought.response_id),
            self._by_span.get(sought.parent_span_id),
            self._by_parent.get(sought.span_id),
        )
        yield from filter(None, named)
        if sought.input == 0:
            yield from _in_time(self.by_age, sought, is_lower=is_lower)
            return
        for told in (sought.input, 0):
            if (others := self._by_input.get(told)) is not None:
                yield from _in_time(others, sought, is_lower=is_lower)

    def remove(self, sighting: Sighting) -> None:
        """Remove a sighting that is there."""
        del self.by_age[id(sighting)]
        if not _remove(self._by_input, sighting.input, sighting):  # it was never filed
            return
        for names, name in self._names(sighting):
            if names.get(name) is sighting:
                del names[name]

    def _file(self) -> None:
        """File what came since one was sought, and is still there."""
        while self._unfiled:
            sighting = self._unfiled.popleft()
            if (key := id(sighting)) in self.by_age:
                self._by_input.setdefault(sighting.input, {})[key] = sighting
                for names, name in self._names(sighting):
                    names[name] = sighting

    def _names(self, sighting: Sighting) -> tuple[tuple[dict[str, Sighting], str], ...]:
        return (
            (self._by_response, sighting.response_id),
            (self._by_span, sighting.span_id),
            (self._by_parent, sighting.parent_span_id),
        )


def _in_time(others: dict[int, Sighting], sought: Sighting, *, is_lower: bool) -> Iterator[Sighting]:
    """Those around ``sought`` in time, or inside of it, newest first: of many that overlap, few are."""
    start_ns, end_ns = sought.start_ns, sought.end_ns
    for other in reversed(others.values()):
        if is_lower:
            if other.start_ns <= start_ns and end_ns <= other.end_ns + SLACK_NS:
                yield other
        elif start_ns <= other.start_ns and other.end_ns <= end_ns + SLACK_NS:
            yield other


def _remove(filed: dict[Key, dict[int, Sighting]], key: Key, sighting: Sighting) -> bool:
    """Remove a sighting and the place that is empty then; whether it was there."""
    there = filed.get(key, _NOTHING)
    was_there = there.pop(id(sighting), None) is not None
    if was_there and not there:
        del filed[key]
    return was_there
