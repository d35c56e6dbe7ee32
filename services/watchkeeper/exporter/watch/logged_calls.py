"""Calls of log events: most of them have a span as well, which may come before the event, after it, or never."""

from collections.abc import Iterable

from watchkeeper.exporter.watch.keys import key_of
from watchkeeper.exporter.watch.observations import Observation, key_in_service, observation_of
from watchkeeper.exporter.watch.repeats import Repeats
from watchkeeper.exporter.watch.same_call import Decision, SameCall
from watchkeeper.exporter.watch.waiting import Waiting
from watchkeeper.model import LlmCall, Span

_WAITING_BYTES = 16 * 1024 * 1024


class LoggedCalls:
    """Counts a call by its event when no span reported it in ``linger_ns``; a span that comes later counts no more.

    ``spans`` remembers the spans that reported something, by the keys of their ids within their traces. Memory:
    ``capacity`` events that were seen, and as many that wait.
    """

    def __init__(self, same_call: SameCall, spans: Repeats, *, linger_ns: int, capacity: int) -> None:
        self._same_call = same_call
        self._spans = spans
        self._linger_ns = linger_ns
        self.events = Repeats(capacity)
        self.waiting = Waiting(capacity, _WAITING_BYTES)

    def see(self, span: Span, call: LlmCall, now_ns: int, tenant: str) -> Decision:
        """Evaluate one event, reported as the ``span`` that it describes, arriving at ``now_ns``."""
        place = f"{span.trace_id} {span.span_id} {span.end_ns}"  # no id of a span has a space in it
        if self.events.is_repeat(key_of(tenant, call.response_id, within=place)):
            return Decision(repeated=1)
        return self._settle(self.waiting.add(observation_of(span, call, now_ns + self._linger_ns, tenant)))

    def due(self, now_ns: int) -> Decision:
        """Evaluate the events that have waited long enough; ``now_ns`` beyond all ends every wait."""
        return self._settle(self.waiting.take_due(now_ns))

    def _settle(self, observations: Iterable[Observation]) -> Decision:
        count: list[LlmCall] = []
        repeated = 0
        for observation in observations:
            call = observation.call
            if call is None or self._has_span(observation, call) or self._same_call.is_duplicate(observation):
                repeated += 1
                continue
            count.append(self._same_call.count_without_span(observation, call))
        return Decision(count=tuple(count), repeated=repeated)

    def _has_span(self, observation: Observation, call: LlmCall) -> bool:
        """Its own span, or any with a response of that id: events of streams are at times sent outside of a trace."""
        context = call.context
        if context.span_id and self._spans.knows(key_of(observation.tenant, context.span_id, within=context.trace_id)):
            return True
        return bool(call.response_id) and self._same_call.short_ids.knows(key_in_service(observation.tenant, call))
