"""Observations that may be reported again, found by what must be the same in two of one call."""

from collections import OrderedDict, deque
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TypeVar

from watchkeeper.exporter.watch.observations import SLACK_NS, Observation, is_same

# Of one model and service, so that a service's calls do not push out those of another: 450 B each. A group takes 2 KB
# itself, and names of models may be invented.
_PER_GROUP = 256
_GROUPS = 1024
_MOST = 16_384
_NOTHING: dict[int, Observation] = {}
Key = TypeVar("Key", str, int)


class ObservationIndex:
    """Observations by family of models and service, oldest first; bounded in each and in all.

    Two observations of one call come from the same service, from one that has no name, or are in the same trace.
    """

    def __init__(self) -> None:
        self.groups: OrderedDict[tuple[str, str], _Group] = OrderedDict()
        self._services: dict[str, dict[str, None]] = {}
        self._by_trace: dict[str, dict[int, Observation]] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, observation: Observation) -> list[Observation]:
        """Add an observation and return those that must leave for it."""
        key = (observation.family, observation.service)
        group = self.groups.get(key)
        if group is None:
            group = self.groups[key] = _Group()
            self._services.setdefault(observation.family, {})[observation.service] = None
        self.groups.move_to_end(key)
        group.add(observation)
        self._count += 1
        if observation.trace_id:
            self._by_trace.setdefault(observation.trace_id, {})[id(observation)] = observation
        if len(group.by_age) > _PER_GROUP:
            leaving = [group.oldest()]
        elif self._count > _MOST or len(self.groups) > _GROUPS:
            leaving = list(next(iter(self.groups.values())).by_age.values())
        else:
            return []
        for left in leaving:
            self.remove(left)
        return leaving

    def take(self, sought: Observation, *, is_lower: bool) -> Observation | None:
        """Remove and return what reports the same call as ``sought``: what names it, or else the newest that fits.

        ``is_lower``: ``sought`` looks at the call from nearer to the wire than these.
        """
        groups = self._groups_near(sought)
        near = [group.candidates(sought, is_lower=is_lower) for group in groups if group is not None]
        if same_trace := self._by_trace.get(sought.trace_id):
            near.append(reversed(same_trace.values()))
        for observation in chain.from_iterable(near):
            if is_same(sought, observation) if is_lower else is_same(observation, sought):
                self.remove(observation)
                return observation
        return None

    def remove(self, observation: Observation) -> None:
        """Remove an observation that is there, and what is empty then."""
        key = (observation.family, observation.service)
        group = self.groups[key]
        group.remove(observation)
        self._count -= 1
        if observation.trace_id:
            _remove(self._by_trace, observation.trace_id, observation)
        if not group.by_age:
            del self.groups[key]
            services = self._services[observation.family]
            del services[observation.service]
            if not services:
                del self._services[observation.family]

    def _groups_near(self, sought: Observation) -> Sequence["_Group | None"]:
        """Of its model: those of its service and of none, or all where it does not report its own."""
        family, service, group = sought.family, sought.service, self.groups.get
        if service:
            return group((family, service)), group((family, ""))
        return [group((family, known)) for known in self._services.get(family, ())]


class _Group:
    """Observations of one family of models and one service.

    Looking at all of them took most of the time where several libraries report the same models; and filing them before
    one is sought, a twelfth of the time where only one does (bench/ingest.py).
    """

    def __init__(self) -> None:
        self.by_age: dict[int, Observation] = {}
        self._unfiled: deque[Observation] = deque(maxlen=_PER_GROUP)
        self._by_input: dict[int, dict[int, Observation]] = {}
        self._by_response: dict[str, Observation] = {}
        self._by_span: dict[str, Observation] = {}
        self._by_parent: dict[str, Observation] = {}

    def add(self, observation: Observation) -> None:
        """Add an observation; it is the newest."""
        self.by_age[id(observation)] = observation
        self._unfiled.append(observation)

    def oldest(self) -> Observation:
        """The one that was added first."""
        return next(iter(self.by_age.values()))

    def candidates(self, sought: Observation, *, is_lower: bool) -> Iterator[Observation]:
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
        for reported in (sought.input, 0):
            if (others := self._by_input.get(reported)) is not None:
                yield from _in_time(others, sought, is_lower=is_lower)

    def remove(self, observation: Observation) -> None:
        """Remove an observation that is there."""
        del self.by_age[id(observation)]
        if not _remove(self._by_input, observation.input, observation):  # it was never filed
            return
        for names, name in self._names(observation):
            if names.get(name) is observation:
                del names[name]

    def _file(self) -> None:
        """File what came since one was sought, and is still there."""
        while self._unfiled:
            observation = self._unfiled.popleft()
            if (key := id(observation)) in self.by_age:
                self._by_input.setdefault(observation.input, {})[key] = observation
                for names, name in self._names(observation):
                    names[name] = observation

    def _names(self, observation: Observation) -> tuple[tuple[dict[str, Observation], str], ...]:
        return (
            (self._by_response, observation.response_id),
            (self._by_span, observation.span_id),
            (self._by_parent, observation.parent_span_id),
        )


def _in_time(others: dict[int, Observation], sought: Observation, *, is_lower: bool) -> Iterator[Observation]:
    """Those around ``sought`` in time, or inside of it, newest first: of many that overlap, few are."""
    start_ns, end_ns = sought.start_ns, sought.end_ns
    for other in reversed(others.values()):
        if is_lower:
            if other.start_ns <= start_ns and end_ns <= other.end_ns + SLACK_NS:
                yield other
        elif start_ns <= other.start_ns and other.end_ns <= end_ns + SLACK_NS:
            yield other


def _remove(filed: dict[Key, dict[int, Observation]], key: Key, observation: Observation) -> bool:
    """Remove an observation and the place that is empty then; whether it was there."""
    there = filed.get(key, _NOTHING)
    was_there = there.pop(id(observation), None) is not None
    if was_there and not there:
        del filed[key]
    return was_there
