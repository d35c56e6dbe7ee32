"""One model call that is reported twice counts once.

Two spans are of one call when they carry the same response id, when one is the other's parent and was not over yet,
or when they look at it from different heights (a framework, the client library below it, that library's own tracing)
and the lower one lies in the time of the higher one, with the same model and input. Spans come in any order, so a span
that may only repeat another waits for a moment.
"""

from collections.abc import Iterable

import msgspec

from watchkeeper.exporter.watch.observation_index import ObservationIndex
from watchkeeper.exporter.watch.observations import (
    CLIENT,
    FRAMEWORK,
    SELF_TRACED,
    Observation,
    is_short,
    is_short_in,
    key_in_service,
    may_be_wrapper,
    observation_of,
)
from watchkeeper.exporter.watch.repeats import Generations, RecentTimestamps, Repeats
from watchkeeper.exporter.watch.waiting import Waiting
from watchkeeper.model import Fact, LlmCall, Span

_OTHER_HEIGHTS = ((CLIENT, FRAMEWORK), (SELF_TRACED, FRAMEWORK), (SELF_TRACED, CLIENT))
# What a doubtful call says is long at times, and a hostile sender makes it so.
_WAITING_BYTES = 32 * 1024 * 1024


class Decision(msgspec.Struct, frozen=True, gc=False):
    """Facts to count now, and how many were found to be reported before."""

    count: tuple[Fact, ...] = ()
    repeated: int = 0


class SameCall:
    """Decides which observations of calls count. ``linger_ns`` is how long a doubtful one waits, in nanoseconds.

    Memory: ``capacity`` response ids and span ids, and at most ``capacity`` waiting observations, ``waiting_bytes`` in
    all; when more would wait, the oldest counts at once.
    """

    def __init__(self, *, linger_ns: int, capacity: int, waiting_bytes: int = _WAITING_BYTES) -> None:
        self._linger_ns = linger_ns
        self.response_ids = Repeats(capacity)
        self.short_ids = Repeats(capacity)
        # When the last response of a short id began and ended: some servers give the same id to all of a trace.
        self.short_times: Generations[str, tuple[int, int]] = Generations(capacity)
        # When a counted span ended, and when the first child of a span began: what begins later is another call, below
        # it only because some instrumentations do not leave a span's context.
        self.counted_spans = RecentTimestamps(capacity)
        self.parents = RecentTimestamps(capacity)
        self.waiting = Waiting(capacity, waiting_bytes)
        self._counted = {height: ObservationIndex() for height in (SELF_TRACED, CLIENT, FRAMEWORK)}

    def see(self, span: Span, call: LlmCall, now_ns: int, tenant: str = "") -> Decision:
        """Evaluate one span that reports a call, arriving at ``now_ns``; tenants' calls are never each other's."""
        observation = observation_of(span, call, now_ns + self._linger_ns, tenant)
        if is_short(call.response_id):
            self.short_ids.is_repeat(key_in_service(tenant, call))
        if observation.height > SELF_TRACED:
            self.parents.note(observation.parent_span_id, observation.start_ns)
        if self._drop_duplicate(observation):
            return Decision(repeated=1)
        if observation.height == SELF_TRACED:
            return self._settle(self.waiting.add(observation))
        own = self.waiting.take_self_traced(observation)
        if own is None and may_be_wrapper(observation, call):
            return self._settle(self.waiting.add(observation))
        return Decision(count=(self._count(observation, call, own),), repeated=own is not None)

    def due(self, now_ns: int) -> Decision:
        """Evaluate the observations that have waited long enough; ``now_ns`` beyond all ends every wait."""
        return self._settle(self.waiting.take_due(now_ns))

    def is_duplicate(self, observation: Observation) -> bool:
        """Counted by its children, under the same response id, as its parent, or from another height."""
        return self._is_around_others(observation) or self._is_counted(observation)

    def _drop_duplicate(self, observation: Observation) -> bool:
        """Whether it is a duplicate; what is below one reports the same call once more, unless it is around them."""
        if self._is_around_others(observation):
            return True
        if self._is_counted(observation):
            self._remember_span(observation)
            return True
        return False

    def _is_around_others(self, observation: Observation) -> bool:
        child_began = self.parents.of(observation.span_id)
        return child_began is not None and child_began < observation.end_ns

    def _is_counted(self, observation: Observation) -> bool:
        if self.response_ids.knows(observation.response_key) and self._is_that_response(observation):
            return True
        parent_ended = self.counted_spans.of(observation.parent_span_id)
        if parent_ended is not None and observation.start_ns < parent_ended:
            return True
        first, second = _OTHER_HEIGHTS[observation.height]
        return self._is_counted_from(first, observation) or self._is_counted_from(second, observation)

    def count_without_span(self, observation: Observation, call: LlmCall) -> LlmCall:
        """The call of an observation that is no span; its span may still come, and adds nothing."""
        self.parents.note(observation.span_id, 0)
        return self._count(observation, call, None)

    def _settle(self, observations: Iterable[Observation]) -> Decision:
        """Count what has not been reported in the meantime."""
        count: list[LlmCall] = []
        repeated = 0
        for observation in observations:
            call = observation.call
            if call is None or self._drop_duplicate(observation):
                repeated += 1
                continue
            own = self.waiting.take_self_traced(observation)
            repeated += own is not None
            count.append(self._count(observation, call, own))
        return Decision(count=tuple(count), repeated=repeated)

    def _count(self, observation: Observation, call: LlmCall, own: Observation | None) -> LlmCall:
        """The call to count, with what only the library's ``own`` span reports; what was said is not kept."""
        if own is not None:
            self.response_ids.is_repeat(own.response_key)
            call = _completed(call, own.call)
        self._remember(observation)
        observation.call = None
        self._counted[observation.height].add(observation)
        return call

    def _is_that_response(self, observation: Observation) -> bool:
        """Whether its known id is of the same response: a short one is while that was on its way."""
        if not is_short_in(observation) or (times := self.short_times.of(observation.response_key)) is None:
            return True
        began, ended = times
        return observation.start_ns < ended and began < observation.end_ns

    def _is_counted_from(self, height: int, observation: Observation) -> bool:
        """Whether a call that was counted at that height is this one; it is matched at most once."""
        counted = self._counted[height]
        if not counted.groups:  # most applications are looked at from one height only
            return False
        return counted.take(observation, is_lower=observation.height < height) is not None

    def _remember(self, observation: Observation) -> None:
        self.response_ids.is_repeat(observation.response_key)
        if is_short_in(observation):
            self.short_times.keep(observation.response_key, (observation.start_ns, observation.end_ns))
        self._remember_span(observation)

    def _remember_span(self, observation: Observation) -> None:
        """Know the span's children, also those of a duplicate: they report the same call once more."""
        self.counted_spans.note(observation.span_id, observation.end_ns)


def _completed(call: LlmCall, own: LlmCall | None) -> LlmCall:
    """A framework does not hear the input of every stream; the library that made the request does."""
    if own is None or call.usage.input or not own.usage.input:
        return call
    context = msgspec.structs.replace(call.context, model=own.context.model)
    return msgspec.structs.replace(call, context=context, usage=own.usage, response_id=own.response_id)
