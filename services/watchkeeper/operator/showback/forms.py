"""A bill as a table, as CSV and as JSON. Pure."""

import csv
import io
import json
from typing import Any

from rich.table import Table
from rich.text import Text

from watchkeeper.operator.showback.bill import Bill, Kind, Line

_COLUMNS = ("month", "by", "kind", "name", "cost_usd", "calls")
# A spreadsheet takes a text that begins so for a formula; names come from telemetry.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_csv(bill: Bill) -> str:
    """One row for each line; their sum is that of the bill."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(_COLUMNS)
    for line in bill.lines:
        name = f"'{line.name}" if line.name.startswith(_FORMULA) else line.name
        rows.writerow([bill.month, bill.by, line.kind.value, name, _text(line.usd), _text(line.calls)])
    return text.getvalue()


def as_json(bill: Bill) -> str:
    """One object; dollars are text, so that they stay exact."""
    lines = [
        {"kind": line.kind.value, "name": line.name, "cost_usd": _text(line.usd) or None, "calls": line.calls}
        for line in bill.lines
    ]
    found: dict[str, Any] = {"month": bill.month, "by": bill.by, "total_usd": str(bill.total_usd), "lines": lines}
    return json.dumps({**found, "notes": list(bill.notes)}, indent=2, ensure_ascii=False) + "\n"


def as_table(bill: Bill) -> Table:
    """For people."""
    table = Table(bill.by, "cost", "calls", title=f"Spent in {bill.month}, by {bill.by}")
    table.columns[1].justify = table.columns[2].justify = "right"
    for line in bill.lines:
        table.add_row(Text(_said(line)), "unknown" if line.usd is None else f"${line.usd:,}", _number(line.calls))
    table.add_section()
    table.add_row("together", f"${bill.total_usd:,}", "")
    return table


def _said(line: Line) -> str:
    match line.kind:
        case Kind.UNPRICED:
            return f"without a price: {line.name}"
        case Kind.BEYOND_LIMIT:
            return f"{line.name} (names beyond the limit of the label)"
        case _:
            return line.name


def _number(calls: int | None) -> str:
    return "" if calls is None else f"{calls:,}"


def _text(value: object) -> str:
    return "" if value is None else str(value)
