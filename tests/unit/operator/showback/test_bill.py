"""Bills: exact to the cent, and nothing hidden."""

import csv
import io
import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from watchkeeper.config.section import UNASSIGNED
from watchkeeper.exporter.enrich.ownership import DEFAULT_TENANT, UNKNOWN
from watchkeeper.operator.showback.bill import Bill, Kind, Spent, in_cents, make_bill, with_rest
from watchkeeper.operator.showback.forms import as_csv, as_json, as_table

DOLLARS = st.decimals(min_value=0, max_value=10**9, places=9)


def spent(usd: str, calls: int = 1) -> Spent:
    """Return what one spent."""
    return Spent(usd=Decimal(usd), calls=calls)


def a_bill() -> Bill:
    """Return a bill with a line of every kind."""
    found = {"search": spent("10.004"), "": spent("1.002", 7), "other": spent("2"), "chat": spent("30.004", 1200)}
    return make_bill("2026-11", "tenant", found | {"idle": spent("0", 0)}, {"acme m (unknown_model)": 3}, ["a note"])


@pytest.mark.parametrize(
    ("by", "name"), [("team", UNASSIGNED), ("tenant", DEFAULT_TENANT), ("service", UNKNOWN), ("user", "")]
)
def test_what_belongs_to_no_one_is_named_as_the_exporter_does(by: str, name: str) -> None:
    """A team may be called as a missing tenant is."""
    others = {UNASSIGNED, DEFAULT_TENANT, UNKNOWN} - {name}

    bill = make_bill("2026-11", by, {one: spent("1") for one in (name, *others)}, {}, [])

    assert [line.name or "" for line in bill.lines if line.kind is Kind.UNATTRIBUTED] == [name or "(not known)"]


@given(st.dictionaries(st.text(max_size=3), DOLLARS, max_size=20))
def test_cents_sum_up_to_the_rounded_sum(amounts: dict[str, Decimal]) -> None:
    """No line is further from its amount than a cent."""
    cents = in_cents(amounts)

    assert sum(cents.values(), Decimal(0)) == round(sum(amounts.values(), Decimal(0)), 2)
    assert all(abs(cents[name] - amount) < Decimal("0.01") for name, amount in amounts.items())


def test_those_who_spent_most_come_first_and_what_is_no_ones_last() -> None:
    """Who spent nothing and called nothing has no line; what has no price has calls alone."""
    bill = a_bill()

    assert [(line.kind, line.name, line.usd, line.calls) for line in bill.lines] == [
        (Kind.SPENDER, "chat", Decimal("30.01"), 1200),
        (Kind.SPENDER, "search", Decimal("10.00"), 1),
        (Kind.UNATTRIBUTED, "(not known)", Decimal("1.00"), 7),
        (Kind.BEYOND_LIMIT, "other", Decimal("2.00"), 1),
        (Kind.UNPRICED, "acme m (unknown_model)", None, 3),
    ]
    assert bill.total_usd == Decimal("43.01")


def test_what_the_parts_leave_of_the_whole_is_no_ones() -> None:
    """Users are known by their lines; the rest of the dollars has none."""
    rest = with_rest({"a1": spent("1.5", 2), "b2": spent("0.5", 1)}, Decimal("2.75"), 9)

    assert rest[""] == spent("0.75", 6)


def test_the_rows_of_a_csv_sum_up_to_the_bill_and_are_no_formulas() -> None:
    """A tenant may call itself anything, and a spreadsheet must not run it."""
    bill = make_bill("2026-11", "tenant", {'=cmd|"/c calc"!A1': spent("1"), "a,b\n": spent("2")}, {}, [])

    rows = list(csv.DictReader(io.StringIO(as_csv(bill))))

    assert sum(Decimal(row["cost_usd"]) for row in rows) == bill.total_usd
    assert [row["name"] for row in rows] == ["a,b\n", '\'=cmd|"/c calc"!A1']


def test_json_has_every_line_and_exact_dollars() -> None:
    """What is not known is null, not zero."""
    found = json.loads(as_json(a_bill()))

    assert (found["total_usd"], found["notes"]) == ("43.01", ["a note"])
    assert found["lines"][-1] == {"kind": "unpriced", "name": "acme m (unknown_model)", "cost_usd": None, "calls": 3}


def test_people_read_what_is_missing() -> None:
    """A name in brackets is text, not markup."""
    console = Console(width=100, record=True, file=io.StringIO())

    console.print(as_table(make_bill("2026-11", "tenant", {"[red]x": spent("1234.5")}, {"p m (unknown_model)": 3}, [])))

    shown = console.export_text()
    assert "[red]x" in shown
    assert "$1,234.50" in shown
    assert "without a price: p m (unknown_model)" in shown
    assert "unknown" in shown
