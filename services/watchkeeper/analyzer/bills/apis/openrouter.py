"""OpenRouter's activity of an account: dollars by day, model and endpoint, of the last 30 whole days of UTC. Pure.

What own keys cost at their providers (BYOK) is in it beside what OpenRouter bills itself, with a tier of its own.
Source: openrouter.ai/docs/api/api-reference/analytics/get-user-activity.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import msgspec

from watchkeeper.analyzer.bills.billed import BilledDay, BillPage, Item, dollars, text_of

URL = "https://openrouter.ai"
PATH = "/api/v1/activity"
KEY = "a management key of the account"
_DAYS = 30
_BYOK = "byok"


class _Row(msgspec.Struct):
    date: str
    model: str
    usage: float | str
    byok_usage_inference: float | str = 0.0


class _Answer(msgspec.Struct):
    data: list[Any]


def headers(key: str) -> Mapping[str, str]:
    """What carries the key."""
    return {"authorization": f"Bearer {key}"}


def query(_first: date, _end: date, _cursor: str) -> Mapping[str, str]:
    """Nothing: it answers all days that it has."""
    return {}


def page(body: Any, first: date, end: date) -> BillPage:
    """One answer, which is whole: a day of the last thirty that it has no row of cost nothing.

    A row whose day cannot be read could be of any: then none is whole. Raises: ValueError for another shape.
    """
    rows = msgspec.convert(body, _Answer).data
    counts: Counter[str] = Counter()
    items: defaultdict[date, list[Item]] = defaultdict(list)
    broken: set[date | None] = set()
    for row in rows:
        day = None
        try:
            day = date.fromisoformat(str(row["date"])[:10])
            items[day] += _items(msgspec.convert(row, _Row))
            counts["read"] += 1
        except (ValueError, LookupError, TypeError):
            counts["malformed"] += 1
            broken.add(day)
    known = (end - timedelta(days=back) for back in range(1, min((end - first).days, _DAYS) + 1))
    days = [BilledDay(day=day, items=items[day], is_whole=not broken & {day, None}) for day in known]
    return BillPage(days=days, lines=counts)


def _items(row: _Row) -> list[Item]:
    model = text_of(row.model)
    used, own = dollars(row.usage), dollars(row.byok_usage_inference)
    billed = [Item(model=model, what="usage", tier="", usd=used)]
    return [*billed, Item(model=model, what="usage", tier=_BYOK, usd=own)] if own else billed
