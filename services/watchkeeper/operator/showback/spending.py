"""What was spent in a window, as Prometheus knows it exactly, and by users, whom only Loki's lines name."""

from collections.abc import Iterator
from decimal import Decimal

import httpx

from watchkeeper.engines.asking import asked
from watchkeeper.engines.increases import Increases
from watchkeeper.engines.vectors import vector_of
from watchkeeper.engines.windows import Window
from watchkeeper.operator.showback.bill import Spent

_UNPRICED = {"llm_unpriced_requests_total": "reason", "llm_self_hosted_requests_total": ""}
_DAY_SECONDS = 86_400.0
# A user has a hash; beside the event and the service it is nowhere but on the line.
_BY_USER = (
    'sum by (user) ({function}({{event="llm_call_completed", service!~"drill-.*"}} '
    '| json user="user_hash", usd="cost_usd" | user!="" {unwrap}[{seconds}s]))'
)


class Spending:
    """Asks both engines. Every method raises EngineError, with a sentence, when one does not answer or refuses."""

    def __init__(self, client: httpx.Client, prometheus_url: str, loki_url: str = "") -> None:
        self._client = client
        self._increases = Increases(client, prometheus_url)
        self._loki = loki_url

    def by_label(self, label: str, window: Window) -> dict[str, Spent]:
        """Dollars and calls by the values of a label of calls."""
        usd = self._increases.of("llm_cost_dollars_total", label, window)
        calls = self._increases.of("llm_requests_total", label, window)
        return {
            name: Spent(usd=usd.get((name,), Decimal(0)), calls=round(calls.get((name,), Decimal(0))))
            for (name,) in usd.keys() | calls.keys()
        }

    def whole(self, window: Window) -> Spent:
        """All dollars and calls."""
        usd = self._increases.of("llm_cost_dollars_total", "", window)
        calls = self._increases.of("llm_requests_total", "", window)
        return Spent(usd=usd.get(("",), Decimal(0)), calls=round(calls.get(("",), Decimal(0))))

    def unpriced(self, window: Window) -> dict[str, int]:
        """Calls whose cost no one knows, by provider, model and why."""
        found: dict[str, int] = {}
        for metric, reason in _UNPRICED.items():
            labels = ", ".join(part for part in ("provider", "model", reason) if part)
            for names, calls in self._increases.of(metric, labels, window, matcher="").items():
                provider, model, why = (*names, "self_hosted")[:3]
                if round(calls):
                    found[f"{provider or '?'} {model or '?'} ({why})"] = round(calls)
        return found

    def by_user(self, window: Window) -> dict[str, Spent]:
        """Dollars and calls by the hash of the user, of the lines that Loki still has and that name one."""
        usd: dict[str, Decimal] = {}
        calls: dict[str, int] = {}
        for part in _days(window):
            seconds = round(part.end - part.start)
            counted = _BY_USER.format(function="count_over_time", unwrap="", seconds=seconds)
            summed = _BY_USER.format(function="sum_over_time", unwrap='| usd!="" | unwrap usd ', seconds=seconds)
            for name, value in self._users(counted, part.end):
                calls[name] = calls.get(name, 0) + round(value)
            for name, value in self._users(summed, part.end):
                usd[name] = usd.get(name, Decimal(0)) + value
        return {name: Spent(usd=usd.get(name, Decimal(0)), calls=count) for name, count in calls.items()}

    def has_beginning(self, window: Window) -> bool:
        """Whether Prometheus has samples from the beginning of a window."""
        return self._increases.has_beginning(window)

    def _users(self, query: str, at: float) -> Iterator[tuple[str, Decimal]]:
        form = {"query": query, "time": str(round(at * 1e9))}
        data = asked("Loki", self._client.post, self._loki, "/loki/api/v1/query", data=form)
        for series in vector_of(data):
            yield series.metric.get("user", ""), Decimal(series.value[1])


def _days(window: Window) -> Iterator[Window]:
    """Pieces of a day: Loki reads every line of one at once."""
    start = window.start
    while start < window.end:
        end = min(start + _DAY_SECONDS, window.end)
        yield Window(start=start, end=end)
        start = end
