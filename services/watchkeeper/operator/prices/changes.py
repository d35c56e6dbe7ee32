"""Which models in use cost more or less under new price tables than under those in force."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal

import msgspec

from watchkeeper.errors import EngineError
from watchkeeper.model import Context, LlmCall, Usage
from watchkeeper.operator.prices.called_models import called_models
from watchkeeper.prices.book import PriceBook
from watchkeeper.prices.tables import PriceTables

_ANSWER_SECONDS = 5.0
# A month: models of monthly reports are in use as well.
_IN_USE = "30d"
# A call of ordinary size, without a cache and with one.
_CALLS = (Usage(input=1000, output=1000), Usage(input=1000, output=1000, cached_input=1000))


class Model(msgspec.Struct, frozen=True, order=True):
    """A model, as the labels of its calls or a price table name it."""

    provider: str
    model: str


class Change(msgspec.Struct, frozen=True):
    """What a thousand tokens in and a thousand out cost, and with all of the input cached; None without a price."""

    model: Model
    before: tuple[Decimal | None, ...]
    after: tuple[Decimal | None, ...]

    @property
    def ratio(self) -> Decimal | None:
        """How many times as much the call without a cache costs; None where one of both prices is missing or zero."""
        before, after = self.before[0], self.after[0]
        return after / before if before and after is not None else None


def models_in_use(prometheus_url: str) -> list[Model] | None:
    """The models of the last 30 days; None when Prometheus does not answer."""
    try:
        found = called_models(prometheus_url, _IN_USE, answer_seconds=_ANSWER_SECONDS)
    except EngineError:
        return None
    return sorted(Model(provider, model) for provider, model in found)


def all_models(tables: PriceTables) -> list[Model]:
    """Every model of both tables."""
    names = {*tables.first.names(), *tables.second.names()}
    return sorted(Model(provider, model) for provider, model in names)


def changes(models: Iterable[Model], before: PriceBook, after: PriceBook) -> list[Change]:
    """Those of the models whose price changes, by the books before and after."""
    now = datetime.now(UTC)
    compared = (Change(one, _prices(before, one, now), _prices(after, one, now)) for one in models)
    return [change for change in compared if change.before != change.after]


def _prices(book: PriceBook, one: Model, now: datetime) -> tuple[Decimal | None, ...]:
    context = Context(
        time_ns=int(now.timestamp()) * 10**9,
        provider="" if one.provider == "unknown" else one.provider,
        model=one.model,
        operation="chat",
    )
    costs = (book.price(LlmCall(context=context, usage=usage)).cost for usage in _CALLS)
    return tuple(cost.usd if cost else None for cost in costs)


def is_newer(tables: PriceTables, than: PriceTables) -> bool:
    """Whether one of both tables was published later than the one in force."""

    def days(one: PriceTables) -> tuple[date, date]:
        return one.first.published, one.second.published

    return any(new > old for new, old in zip(days(tables), days(than), strict=True))
