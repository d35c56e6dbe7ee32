"""Costs that clients report in another currency, in US dollars by the rates of watchkeeper.yml."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from watchkeeper.config.prices import ExchangeRate
from watchkeeper.model import Cost, ForeignCost

# Where the price of such a call comes from.
CONVERTED = "converted"


class ExchangeRates:
    """The newest rate that is valid on a day converts; the last in the file among equals."""

    def __init__(self, rates: Iterable[ExchangeRate] = ()) -> None:
        self._by_currency: dict[str, list[ExchangeRate]] = defaultdict(list)
        for rate in sorted(rates, key=_start):
            self._by_currency[rate.currency].append(rate)

    def convert(self, cost: ForeignCost, day: date) -> Cost | None:
        """The cost in dollars; None without a rate for the day. A zero stands for an unknown cost, as elsewhere."""
        if not cost.amount:
            return None
        rates = self._by_currency.get(cost.currency, [])
        place = bisect_right(rates, day, key=_start)
        if not place:
            return None
        rate = rates[place - 1]
        return Cost(usd=cost.amount * rate.usd, source=CONVERTED, price_date=(rate.start or day).isoformat())


def _start(rate: ExchangeRate) -> date:
    return rate.start or date.min
