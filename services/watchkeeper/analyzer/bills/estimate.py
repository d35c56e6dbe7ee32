"""What calls of whole days are estimated to cost, as Prometheus has counted them; one for all bills."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import httpx

from watchkeeper.engines.increases import Increases
from watchkeeper.engines.windows import Window

_DAY = timedelta(days=1)
# Of the month that is shown, and a little more.
_MOST_DAYS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class DayEstimate:
    """Dollars by service, provider and model, and how many calls of a provider and model have no price."""

    usd: Mapping[tuple[str, str, str], Decimal]
    unpriced: Mapping[tuple[str, str], int]


class Estimates:
    """Asks for each day once: what is over does not change."""

    def __init__(self, client: httpx.Client, prometheus_url: str) -> None:
        self._increases = Increases(client, prometheus_url)
        self._known: dict[date, DayEstimate] = {}

    def of_days(
        self, days: list[date], deadline: float, clock: Callable[[], float] = time.monotonic
    ) -> Mapping[date, DayEstimate]:
        """The estimates of days, in their order until ``deadline``; a day that began before Prometheus did has none.

        Raises: EngineError when Prometheus does not answer.
        """
        for day in days:
            if clock() > deadline:
                break
            if day not in self._known and (found := self._asked(day)) is not None:
                self._known[day] = found
        for day in sorted(self._known)[:-_MOST_DAYS]:
            self._known.pop(day, None)
        return {day: self._known[day] for day in days if day in self._known}

    def _asked(self, day: date) -> DayEstimate | None:
        start = datetime(day.year, day.month, day.day, tzinfo=UTC)
        window = Window(start=start.timestamp(), end=(start + _DAY).timestamp())
        if not self._increases.has_beginning(window):
            return None
        usd = self._increases.of("llm_cost_dollars_total", "service, provider, model", window)
        unpriced = self._increases.of("llm_unpriced_requests_total", "provider, model", window, matcher="")
        return DayEstimate(
            usd={(service, provider, model): dollars for (service, provider, model), dollars in usd.items() if dollars},
            unpriced={(provider, model): round(calls) for (provider, model), calls in unpriced.items() if round(calls)},
        )
