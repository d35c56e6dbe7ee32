"""Observations that wait for a better story of their call."""

from collections import OrderedDict
from collections.abc import Iterator
from sys import getsizeof

import msgspec

from watchkeeper.exporter.watch.observation_index import ObservationIndex
from watchkeeper.exporter.watch.observations import SELF_TRACED, Observation


class Waiting:
    """Doubtful observations in the order of their arrival, bounded in number and in bytes."""

    def __init__(self, capacity: int, most_bytes: int) -> None:
        self.capacity = capacity
        self.forgotten = 0
        self._most_bytes = most_bytes
        self._bytes = 0
        # each with its bytes
        self._observations: OrderedDict[int, tuple[Observation, int]] = OrderedDict()
        self._self_traced = ObservationIndex()

    def __len__(self) -> int:
        return len(self._observations)

    def add(self, observation: Observation) -> list[Observation]:
        """Add an observation and return those that can wait no longer because of it."""
        leaving: list[Observation] = []
        size = _bytes_of(observation)
        self._observations[id(observation)] = observation, size
        self._bytes += size
        if observation.height == SELF_TRACED:
            leaving = self._self_traced.add(observation)
            for left in leaving:
                self._leave(left)
        while len(self._observations) > self.capacity or self._bytes > self._most_bytes:
            leaving.append(self._pop())
        self.forgotten += len(leaving)
        return leaving

    def take_self_traced(self, higher: Observation) -> Observation | None:
        """Remove and return the span that a library made itself of the call that ``higher`` reports."""
        if higher.height == SELF_TRACED or not self._self_traced:
            return None
        taken = self._self_traced.take(higher, is_lower=False)
        if taken is not None:
            self._leave(taken)
        return taken

    def take_due(self, now_ns: int) -> Iterator[Observation]:
        """Remove and yield the observations whose wait is over, one by one: an observation may take another with it."""
        while self._observations and next(iter(self._observations.values()))[0].due_ns <= now_ns:
            yield self._pop()

    def _pop(self) -> Observation:
        oldest, _ = next(iter(self._observations.values()))
        self._leave(oldest)
        if oldest.height == SELF_TRACED:
            self._self_traced.remove(oldest)
        return oldest

    def _leave(self, observation: Observation) -> None:
        _, size = self._observations.pop(id(observation))
        self._bytes -= size


def _bytes_of(observation: Observation) -> int:
    """The memory of a waiting observation: what it says, and about as much again for its own parts."""
    if observation.call is None:
        return 0
    content = observation.call.content
    said = 0 if content is None else getsizeof(content.input) + getsizeof(content.output)
    return said + 1024 + sum(map(getsizeof, msgspec.structs.astuple(observation.call.context)))
