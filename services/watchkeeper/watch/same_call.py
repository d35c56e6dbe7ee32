"""One model call that is told twice counts once.

Two spans tell the same call when they carry the same response id, when one is the other's parent, or when they look at
it from different heights (a framework, the client library below it, that library's own tracing) and the lower one lies
in the time of the higher one, with the same model and input. Spans come in any order, so a span that may only repeat
another waits for a moment.
"""

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from functools import lru_cache

import msgspec

from watchkeeper.model import LlmCall, Span
from watchkeeper.watch.repeats import Repeats

# Libraries that trace their own requests as soon as any tracer provider exists.
_SELF_TRACING = ("com.anthropic.sdk",)
# Libraries that call a client library, which may be instrumented as well.
_FRAMEWORKS = (
    "langchain",
    "llama_index",
    "llamaindex",
    "crewai",
    "dspy",
    "haystack",
    "smolagents",
    "litellm",
    "agents",
)
_SELF_TRACED, _CLIENT, _FRAMEWORK = range(3)
_OTHER_HEIGHTS = ((_CLIENT, _FRAMEWORK), (_SELF_TRACED, _FRAMEWORK), (_SELF_TRACED, _CLIENT))
# A framework may notice the end of a stream a little before the client library does.
_SLACK_NS = 100_000_000
_PER_MODEL = 256
_MODELS = 512


class Decision(msgspec.Struct, frozen=True, gc=False):
    """Calls to count now, and how many were found to be told before."""

    count: tuple[LlmCall, ...] = ()
    repeated: int = 0


_NOTHING_YET = Decision()


class _Sighting(msgspec.Struct, frozen=True, eq=False, gc=False):
    """One span that tells a call; ``due_ns`` is when its wait ends."""

    call: LlmCall
    span_id: str
    parent_span_id: str
    start_ns: int
    end_ns: int
    height: int
    due_ns: int


class SameCall:
    """Decides which sightings of calls count. ``linger_ns`` is how long a doubtful one waits, in nanoseconds.

    Memory: ``capacity`` response ids and span ids, and at most ``capacity`` waiting sightings; when more would wait,
    the oldest counts at once.
    """

    def __init__(self, *, linger_ns: int, capacity: int) -> None:
        self._linger_ns = linger_ns
        self._capacity = capacity
        self.response_ids = Repeats(capacity)
        self.counted_spans = Repeats(capacity)
        self.parents = Repeats(capacity)
        self._wrappers: deque[_Sighting] = deque()
        self._self_traced = _ByModel()
        self._counted = {height: _ByModel() for height in (_SELF_TRACED, _CLIENT, _FRAMEWORK)}

    def see(self, span: Span, call: LlmCall, now_ns: int) -> Decision:
        """Judge one span that tells a call, arriving at ``now_ns``."""
        sighting = _sighting(span, call, now_ns + self._linger_ns)
        if sighting.height > _SELF_TRACED:
            self.parents.is_repeat(sighting.parent_span_id)
        if self._is_told_before(sighting):
            return Decision(repeated=1)
        if sighting.height == _SELF_TRACED:
            return self._settle(self._self_traced.add(call.context.model, sighting))
        if counterpart := self._self_traced_counterpart(sighting):
            self.response_ids.is_repeat(counterpart.call.response_id)
            self._remember(sighting)
            return Decision(count=(call,), repeated=1)
        if _may_be_wrapper(call):
            return self._wait(sighting)
        self._count(sighting)
        return Decision(count=(call,))

    def due(self, now_ns: int) -> Decision:
        """Judge the sightings that have waited long enough; ``now_ns`` beyond all ends every wait."""
        ready: list[_Sighting] = []
        while self._wrappers and self._wrappers[0].due_ns <= now_ns:
            ready.append(self._wrappers.popleft())
        return self._settle([*ready, *self._self_traced.take_due(now_ns)])

    def _self_traced_counterpart(self, sighting: _Sighting) -> _Sighting | None:
        """The same call as its library traced it, which waits for this story."""
        if not self._self_traced.models:
            return None
        return self._self_traced.take(sighting.call.context.model, lambda other: _is_same(other, sighting))

    def _wait(self, sighting: _Sighting) -> Decision:
        self._wrappers.append(sighting)
        return self._settle([self._wrappers.popleft()]) if len(self._wrappers) > self._capacity else _NOTHING_YET

    def _settle(self, sightings: Iterable[_Sighting]) -> Decision:
        """Count what has not been told in the meantime."""
        count: list[LlmCall] = []
        repeated = 0
        for sighting in sightings:
            if self._is_told_before(sighting):
                repeated += 1
                continue
            self._count(sighting)
            count.append(sighting.call)
        return Decision(count=tuple(count), repeated=repeated)

    def _count(self, sighting: _Sighting) -> None:
        self._remember(sighting)
        self._counted[sighting.height].add(sighting.call.context.model, _without_content(sighting))

    def _is_told_before(self, sighting: _Sighting) -> bool:
        """Counted under the same response id, as its parent, by its children, or from another height."""
        if self.response_ids.knows(sighting.call.response_id):
            return True
        if self.counted_spans.knows(sighting.parent_span_id) or self.parents.knows(sighting.span_id):
            return True
        first, second = _OTHER_HEIGHTS[sighting.height]
        return self._is_counted_from(first, sighting) or self._is_counted_from(second, sighting)

    def _is_counted_from(self, height: int, sighting: _Sighting) -> bool:
        """Whether a call that was counted at that height is this one; it is matched at most once."""
        if not self._counted[height].models:  # most applications are looked at from one height only
            return False
        model, is_lower = sighting.call.context.model, sighting.height < height

        def is_same(other: _Sighting) -> bool:
            return _is_same(sighting, other) if is_lower else _is_same(other, sighting)

        return self._counted[height].take(model, is_same) is not None

    def _remember(self, sighting: _Sighting) -> None:
        self.response_ids.is_repeat(sighting.call.response_id)
        self.counted_spans.is_repeat(sighting.span_id)


class _ByModel:
    """Sightings by model, oldest first; bounded in models and in sightings of each."""

    def __init__(self) -> None:
        self.models: OrderedDict[str, deque[_Sighting]] = OrderedDict()

    def add(self, model: str, sighting: _Sighting) -> list[_Sighting]:
        """Add a sighting and return those that must leave for it."""
        sightings = self.models.setdefault(model, deque())
        self.models.move_to_end(model)
        sightings.append(sighting)
        leaving = [sightings.popleft()] if len(sightings) > _PER_MODEL else []
        if len(self.models) > _MODELS:
            leaving.extend(self.models.popitem(last=False)[1])
        return leaving

    def take(self, model: str, is_wanted: Callable[[_Sighting], bool]) -> _Sighting | None:
        """Remove and return the newest wanted sighting of a model."""
        sightings = self.models.get(model)
        if not sightings:
            return None
        wanted = next((s for s in reversed(sightings) if is_wanted(s)), None)
        if wanted is not None:
            sightings.remove(wanted)
        return wanted

    def take_due(self, now_ns: int) -> list[_Sighting]:
        """Remove and return the sightings whose wait is over."""
        ready: list[_Sighting] = []
        for model, sightings in list(self.models.items()):
            while sightings and sightings[0].due_ns <= now_ns:
                ready.append(sightings.popleft())
            if not sightings:
                del self.models[model]
        return ready


def _sighting(span: Span, call: LlmCall, due_ns: int) -> _Sighting:
    return _Sighting(
        call=call,
        span_id=span.span_id,
        parent_span_id=span.parent_span_id,
        start_ns=_earliest_start_ns(span, call),
        end_ns=span.end_ns,
        height=_height(span.scope),
        due_ns=due_ns,
    )


def _without_content(sighting: _Sighting) -> _Sighting:
    """What is kept to be matched with later sightings: what was said is not needed for it, and may be long."""
    if sighting.call.content is None:
        return sighting
    return msgspec.structs.replace(sighting, call=msgspec.structs.replace(sighting.call, content=None))


def _earliest_start_ns(span: Span, call: LlmCall) -> int:
    """When the request may have gone out.

    Some libraries report a stream by a span of no length at its end, and time it only from its first answer on: the
    request may have gone out as long before that again.
    """
    if span.end_ns > span.start_ns:
        return span.start_ns
    return span.end_ns - int(2 * (call.duration_seconds or 0.0) * 1e9)


@lru_cache(maxsize=1024)
def _height(scope: str) -> int:
    """How far from the wire a scope looks at a call."""
    if scope.startswith(_SELF_TRACING):
        return _SELF_TRACED
    return _FRAMEWORK if any(name in scope for name in _FRAMEWORKS) else _CLIENT


def _may_be_wrapper(call: LlmCall) -> bool:
    """A span that tells neither tokens nor a response may only wrap the one that does."""
    return call.usage.input is None and call.usage.output is None and not call.response_id


def _is_same(lower: _Sighting, higher: _Sighting) -> bool:
    """Whether two spans from different heights tell the same call."""
    if lower.parent_span_id and lower.parent_span_id == higher.span_id:
        return True
    if lower.call.response_id and higher.call.response_id:
        return lower.call.response_id == higher.call.response_id
    return _is_within(lower, higher)


def _is_within(inner: _Sighting, outer: _Sighting) -> bool:
    """The same model and input in the time of the other: the request goes out inside the instrumented call."""
    if inner.call.context.model != outer.call.context.model:
        return False
    inputs = {usage for usage in (inner.call.usage.input, outer.call.usage.input) if usage is not None}
    slack = _SLACK_NS if outer.height == _FRAMEWORK else 0
    return len(inputs) <= 1 and outer.start_ns <= inner.start_ns and inner.end_ns <= outer.end_ns + slack
