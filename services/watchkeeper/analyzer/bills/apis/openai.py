"""OpenAI's costs of an organization: dollars by day and line item. Pure.

Source: platform.openai.com/docs/api-reference/usage/costs.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any

import msgspec

from watchkeeper.analyzer.bills.apis.buckets import Pages, following, page_of
from watchkeeper.analyzer.bills.billed import BillPage, Item, dollars, text_of

URL = "https://api.openai.com"
PATH = "/v1/organization/costs"
KEY = "an admin key of the organization (sk-admin-…)"
# Of 180 that it allows: a page of a week stays small, however many line items there are.
_BUCKETS = "7"
# "gpt-4o-2024-08-06, cached input"; other line items are no model's, as "web search tool calls".
_LINE_ITEM = re.compile(r"(?P<model>[^|]+), (?P<what>[^,]*(?:input|output))", re.IGNORECASE | re.DOTALL)

_MOST_TEXT = 256


class _Amount(msgspec.Struct):
    value: float | str
    currency: str


class _Result(msgspec.Struct):
    amount: _Amount
    line_item: str | None = None


class _Bucket(msgspec.Struct):
    start_time: int
    end_time: int
    results: list[Any]


class _Answer(Pages, kw_only=True):
    data: list[_Bucket]


def headers(key: str) -> Mapping[str, str]:
    """What carries the key."""
    return {"authorization": f"Bearer {key}"}


def query(first: date, end: date, cursor: str) -> Mapping[str, str]:
    """What is asked for the days from ``first`` to before ``end``."""
    asked = {"start_time": _seconds(first), "end_time": _seconds(end), "bucket_width": "1d", "group_by": "line_item"}
    return {**asked, "limit": _BUCKETS, **({"page": cursor} if cursor else {})}


def page(body: Any, _first: date, _end: date) -> BillPage:
    """One answer. Raises: ValueError when it is none of this shape."""
    answer = msgspec.convert(body, _Answer)
    buckets = [(_at(bucket.start_time), _at(bucket.end_time), bucket.results) for bucket in answer.data]
    return page_of(buckets, _item, following(answer))


def _item(line: Any) -> Item:
    result = msgspec.convert(line, _Result)
    found = _LINE_ITEM.fullmatch((result.line_item or "")[:_MOST_TEXT])
    model, what = (found["model"], found["what"]) if found else ("", result.line_item or "not itemized")
    usd = dollars(result.amount.value, result.amount.currency)
    return Item(model=text_of(model), what=text_of(what), tier="", usd=usd)


def _seconds(day: date) -> str:
    return str(round(datetime.combine(day, time(), UTC).timestamp()))


def _at(seconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError) as error:
        raise ValueError("no time") from error
