"""What arrived in the last minutes, for the exporter's own page: a newcomer's first question."""

from collections import deque

import msgspec
from msgspec.structs import replace

from watchkeeper.model import Fact, LlmCall

_MINUTES = 15
_LAST_CALLS = 20


class ServiceActivity(msgspec.Struct):
    """What one service sent: number of facts by their name, and when the last came (Unix seconds)."""

    facts: dict[str, int]
    last_seen: float


class RecentActivity:
    """Counts facts per service and minute for the last 15 minutes, and keeps the last 20 calls."""

    def __init__(self) -> None:
        self._minutes: deque[tuple[int, dict[str, ServiceActivity]]] = deque(maxlen=_MINUTES)
        self._calls: deque[LlmCall] = deque(maxlen=_LAST_CALLS)

    def take(self, fact: Fact, now: float) -> None:
        """Count one fact that arrived ``now``."""
        minute = int(now // 60)
        if not self._minutes or self._minutes[-1][0] != minute:
            self._minutes.append((minute, {}))
        services = self._minutes[-1][1]
        activity = services.get(fact.context.service)
        if activity is None:
            # the service's name is bounded by admission upstream only for metrics; here by what one minute may hold
            name = fact.context.service if len(services) < 200 else "other"  # noqa: PLR2004
            activity = services.setdefault(name, ServiceActivity(facts={}, last_seen=now))
        kind = type(fact).__name__
        activity.facts[kind] = activity.facts.get(kind, 0) + 1
        activity.last_seen = now
        if isinstance(fact, LlmCall):
            self._calls.append(fact if fact.content is None else replace(fact, content=None))

    def services(self, now: float) -> dict[str, ServiceActivity]:
        """The services of the last 15 minutes with their counts, the busiest first."""
        oldest = int(now // 60) - _MINUTES
        total: dict[str, ServiceActivity] = {}
        for minute, services in self._minutes:
            if minute <= oldest:
                continue
            for name, activity in services.items():
                known = total.setdefault(name, ServiceActivity(facts={}, last_seen=0.0))
                known.last_seen = max(known.last_seen, activity.last_seen)
                for kind, count in activity.facts.items():
                    known.facts[kind] = known.facts.get(kind, 0) + count
        return dict(sorted(total.items(), key=lambda item: -sum(item[1].facts.values())))

    def calls(self) -> list[LlmCall]:
        """The last calls, newest first."""
        return list(reversed(self._calls))
