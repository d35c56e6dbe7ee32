"""Anthropic's cost report of an organization: cents by day, model, token type and service tier. Pure.

Priority tier is not in it. Source: platform.claude.com/docs/en/api/admin/cost_report.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import msgspec

from watchkeeper.analyzer.bills.apis.buckets import Pages, following, page_of
from watchkeeper.analyzer.bills.billed import BillPage, Item, dollars, text_of

URL = "https://api.anthropic.com"
PATH = "/v1/organizations/cost_report"
KEY = "an admin key of the organization (sk-ant-admin…)"
_CENTS = 100
# Of 31 that it allows: a page of a week stays small, however many models there are.
_BUCKETS = "7"


class _Result(msgspec.Struct):
    amount: str
    currency: str
    cost_type: str | None = None
    description: str | None = None
    model: str | None = None
    service_tier: str | None = None
    token_type: str | None = None


class _Bucket(msgspec.Struct):
    starting_at: datetime
    ending_at: datetime
    results: list[Any]


class _Answer(Pages, kw_only=True):
    data: list[_Bucket]


def headers(key: str) -> Mapping[str, str]:
    """What carries the key."""
    return {"x-api-key": key, "anthropic-version": "2023-06-01"}


def query(first: date, end: date, cursor: str) -> Mapping[str, str]:
    """What is asked for the days from ``first`` to before ``end``; only grouped by description has a line a model."""
    asked = {"starting_at": f"{first}T00:00:00Z", "ending_at": f"{end}T00:00:00Z", "bucket_width": "1d"}
    return {**asked, "group_by[]": "description", "limit": _BUCKETS, **({"page": cursor} if cursor else {})}


def page(body: Any, _first: date, _end: date) -> BillPage:
    """One answer. Raises: ValueError when it is none of this shape."""
    answer = msgspec.convert(body, _Answer)
    buckets = [(_utc(bucket.starting_at), _utc(bucket.ending_at), bucket.results) for bucket in answer.data]
    return page_of(buckets, _item, following(answer))


def _item(line: Any) -> Item:
    result = msgspec.convert(line, _Result)
    what = result.token_type or result.description or result.cost_type or "not itemized"
    return Item(
        model=text_of(result.model),
        what=text_of(what),
        tier=text_of(result.service_tier),
        usd=dollars(result.amount, result.currency, per_unit=_CENTS),
    )


def _utc(at: datetime) -> datetime:
    """A time without a zone is none. Raises: ValueError for it."""
    if at.tzinfo is None:
        raise ValueError("a time without a zone")
    return at.astimezone(UTC)
