"""What no one uses any more ends: series, places of labels, and what is shown of services that are gone.

See docs/decisions/0022-series-end.md.
"""

from collections.abc import Callable, Sequence

from watchkeeper.metrics.admission import LabelAdmission
from watchkeeper.metrics.lifetime import Lifetime
from watchkeeper.metrics.store import MetricStore

# A minute is far below any idle time in use; a test's idle time of seconds needs shorter ticks.
_LONGEST_TICK_SECONDS = 60.0
_TICKS_PER_IDLE = 4
# A service keeps its name and its limits for so many idle times, a month by default: alerts on silence look at weeks.
_IDLE_TIMES_OF_SERVICE = 10


def tick_seconds(idle_seconds: float) -> float:
    """How often to look for what has ended."""
    return min(_LONGEST_TICK_SECONDS, idle_seconds / _TICKS_PER_IDLE)


class Ageing:
    """Ends what counted nothing for ``idle_seconds``.

    ``forget_calls`` is called at each tick, so that places in use count as used; each ``forget_service`` is called with
    services that are gone.
    """

    def __init__(
        self,
        store: MetricStore,
        admission: LabelAdmission,
        idle_seconds: float,
        forget_calls: Callable[[], None],
        forget_service: Sequence[Callable[[str], None]],
    ) -> None:
        self._store = store
        self._life: Lifetime = store.life
        self._admission = admission
        self._idle_seconds = idle_seconds
        self._forget_calls = forget_calls
        self._forget_service = forget_service

    def tick(self, now: float) -> None:
        """Look once; ``now`` in Unix seconds."""
        self._life.advance(now)
        since = self._life.seconds - self._idle_seconds
        ended = self._store.families["watchkeeper_series_ended_total"]
        for metric, count in self._store.end_untouched(since).items():
            ended.add((metric,), count, now)
        services_since = self._life.seconds - _IDLE_TIMES_OF_SERVICE * self._idle_seconds
        for service in self._admission.free_unused(since, services_since):
            for forget in self._forget_service:
                forget(service)
        self._forget_calls()
