"""Bills that come as buckets of a day with pages behind a cursor: what OpenAI and Anthropic have alike. Pure."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from watchkeeper.analyzer.bills.billed import BilledDay, BillPage, ForeignCurrencyError, Item, day_of


class Pages(msgspec.Struct, kw_only=True):
    """What both say of the pages behind this one."""

    has_more: bool
    next_page: str | None = None


def following(pages: Pages) -> str:
    """The cursor of the next page. Raises: ValueError when there is one and no cursor to it: half an answer."""
    if pages.has_more and not pages.next_page:
        raise ValueError("no cursor to the next page")
    return (pages.next_page or "") if pages.has_more else ""


def page_of(
    buckets: Sequence[tuple[datetime, datetime, Sequence[Any]]], item_of: Callable[[Any], Item], cursor: str
) -> BillPage:
    """Days of buckets; a line that cannot be read is counted, and its day is not whole.

    Raises: ValueError for a bucket that is not a day of UTC.
    """
    counts: Counter[str] = Counter()
    days = [_day(start, end, lines, item_of, counts) for start, end, lines in buckets]
    return BillPage(days=days, lines=counts, following=cursor)


def _day(
    start: datetime, end: datetime, lines: Sequence[Any], item_of: Callable[[Any], Item], counts: Counter[str]
) -> BilledDay:
    items = []
    for line in lines:
        try:
            items.append(item_of(line))
        except ForeignCurrencyError:
            counts["foreign_currency"] += 1
        except ValueError:
            counts["malformed"] += 1
    counts["read"] += len(items)
    return BilledDay(day=day_of(start, end), items=items, is_whole=len(items) == len(lines))
