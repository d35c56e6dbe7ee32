"""Each API read by the example of its published reference, and by what it must not take for a bill."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchkeeper.analyzer.bills.apis import anthropic, openai, openrouter
from watchkeeper.analyzer.bills.billed import BilledDay, Item

REFERENCES = Path(__file__).parents[4] / "support" / "bill_references"
FIRST, END = date(2026, 11, 1), date(2026, 11, 8)
APIS = (openai, anthropic, openrouter)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "data",
                    "results",
                    "has_more",
                    "next_page",
                    "start_time",
                    "end_time",
                    "amount",
                    "value",
                    "currency",
                    "starting_at",
                    "ending_at",
                    "date",
                    "model",
                    "usage",
                    "line_item",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


def reference(name: str) -> Any:
    """The example of a provider's reference."""
    return json.loads((REFERENCES / f"{name}.json").read_text())


def test_openai_bills_dollars_by_line_item() -> None:
    """A bucket of Unix seconds; what is not grouped has no model."""
    page = openai.page(reference("openai"), FIRST, END)

    item = Item(model="", what="not itemized", tier="", usd=Decimal("0.06"))
    assert page.days == [BilledDay(day=date(2024, 11, 1), items=[item])]
    assert (page.following, page.lines) == ("", {"read": 1})


def test_anthropic_bills_cents_by_model_token_type_and_tier() -> None:
    """123.78912 cents are $1.2378912; there is a page more."""
    page = anthropic.page(reference("anthropic"), FIRST, END)

    item = Item(model="claude-opus-5", what="uncached_input_tokens", tier="standard", usd=Decimal("1.2378912"))
    assert page.days == [BilledDay(day=date(2025, 8, 1), items=[item])]
    assert page.following == "page_MjAyNS0wNS0xNFQwMDowMDowMFo="


def test_openrouter_bills_dollars_by_model_and_own_keys_beside_them() -> None:
    """What an own key costs at its provider has a tier of its own; days without a row cost nothing."""
    page = openrouter.page(reference("openrouter"), date(2025, 8, 23), date(2025, 8, 26))

    usage = Item(model="openai/gpt-4.1", what="usage", tier="", usd=Decimal("0.015"))
    own = Item(model="openai/gpt-4.1", what="usage", tier="byok", usd=Decimal("0.012"))
    assert {one.day.day: list(one.items) for one in page.days} == {23: [], 24: [usage, own], 25: []}


@pytest.mark.parametrize(
    ("line_item", "model", "what"),
    [
        ("gpt-4o-2024-08-06, cached input", "gpt-4o-2024-08-06", "cached input"),
        ("gpt-5.6-luna, Output", "gpt-5.6-luna", "Output"),
        ("ft:gpt-4o-2024-08-06:acme::1, input", "ft:gpt-4o-2024-08-06:acme::1", "input"),
        ("web search tool calls", "", "web search tool calls"),
        ("assistants api | file search", "", "assistants api | file search"),
        ("evals | gpt-4o, input", "", "evals | gpt-4o, input"),
        ("gpt\n4o\x00, input", "gpt 4o", "input"),
    ],
)
def test_line_items_of_openai_name_a_model_or_something_else(line_item: str, model: str, what: str) -> None:
    """A model and a kind of tokens; all else is no model's."""
    body = reference("openai")
    body["data"][0]["results"][0]["line_item"] = line_item

    (item,) = openai.page(body, FIRST, END).days[0].items

    assert (item.model, item.what) == (model, what)


@pytest.mark.parametrize(
    ("amount", "outcome"),
    [
        ({"value": 1, "currency": "eur"}, "foreign_currency"),
        ({"value": "NaN", "currency": "usd"}, "malformed"),
        ({"value": float("inf"), "currency": "usd"}, "malformed"),
        ({"value": "1e400", "currency": "usd"}, "malformed"),
        ({"value": True, "currency": "usd"}, "malformed"),
        ({"value": None, "currency": "usd"}, "malformed"),
        ({"currency": "usd"}, "malformed"),
        (0.06, "malformed"),
    ],
    ids=str,
)
def test_a_line_that_cannot_be_read_is_counted_and_its_day_not_whole(amount: Any, outcome: str) -> None:
    """No amount is made up for it."""
    body = reference("openai")
    body["data"][0]["results"] += [{"amount": amount, "line_item": None}]

    page = openai.page(body, FIRST, END)

    assert page.lines == {"read": 1, outcome: 1}
    assert [(one.is_whole, len(one.items)) for one in page.days] == [(False, 1)]


def test_a_refund_is_an_amount() -> None:
    """Credits make a line negative."""
    body = reference("anthropic")
    body["data"][0]["results"][0]["amount"] = "-250"

    assert anthropic.page(body, FIRST, END).days[0].items[0].usd == Decimal("-2.5")


@pytest.mark.parametrize(
    ("module", "name", "change"),
    [
        pytest.param(openai, "openai", {"has_more": True}, id="a page more and no cursor"),
        pytest.param(openai, "openai", {"data": None}, id="no buckets"),
        pytest.param(openai, "openai", {"data": [{"start_time": 1, "end_time": 86_401, "results": []}]}, id="a second"),
        pytest.param(openai, "openai", {"data": [{"start_time": 0, "end_time": 3600, "results": []}]}, id="an hour"),
        pytest.param(openai, "openai", {"data": [{"start_time": 1 << 62, "end_time": 0, "results": []}]}, id="no time"),
        pytest.param(
            anthropic,
            "anthropic",
            {"data": [{"starting_at": "2025-08-01T00:00:00", "ending_at": "2025-08-02T00:00:00", "results": []}]},
            id="times without a zone",
        ),
        pytest.param(
            anthropic,
            "anthropic",
            {"data": [{"starting_at": "2025-08-01T00:00+02:00", "ending_at": "2025-08-02T00:00+02:00", "results": []}]},
            id="a day of another zone",
        ),
        pytest.param(openrouter, "openrouter", {"data": {"error": 1}}, id="no rows"),
    ],
)  # fmt: skip
def test_what_is_no_bill_is_refused(module: ModuleType, name: str, change: dict[str, Any]) -> None:
    """As half an answer is."""
    with pytest.raises(ValueError, match=r".+"):
        module.page(reference(name) | change, FIRST, END)


def test_a_row_of_no_day_leaves_no_day_whole() -> None:
    """It could be of any; a bad row of a known day leaves the others alone."""
    rows = reference("openrouter")["data"]
    lost, bad = {**rows[0], "date": "soon"}, {**rows[0], "date": "2025-08-23", "usage": "much"}

    of_no_day = openrouter.page({"data": [*rows, lost]}, date(2025, 8, 23), date(2025, 8, 26))
    of_one = openrouter.page({"data": [*rows, bad]}, date(2025, 8, 23), date(2025, 8, 26))

    assert not any(one.is_whole for one in of_no_day.days)
    assert {one.day.day for one in of_one.days if not one.is_whole} == {23}
    assert of_one.lines == {"read": 1, "malformed": 1}


def test_openrouter_knows_thirty_days() -> None:
    """Of days before them it says nothing."""
    page = openrouter.page({"data": []}, date(2026, 10, 1), date(2026, 11, 20))

    assert min(one.day for one in page.days) == date(2026, 10, 21)


@given(body=JSON, api=st.sampled_from(APIS))
def test_whatever_is_answered_is_a_bill_or_none(body: Any, api: ModuleType) -> None:
    """Nothing else is raised, whatever it is."""
    try:
        page = api.page(body, FIRST, END)
    except (ValueError, OverflowError):
        return
    assert all(item.usd.is_finite() for one in page.days for item in one.items)
