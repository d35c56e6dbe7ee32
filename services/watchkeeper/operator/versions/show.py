"""Versions and comparisons as tables of a terminal."""

from collections.abc import Sequence
from datetime import UTC, datetime

from rich.table import Table
from rich.text import Text

from watchkeeper.explain.words import dollars, known, number, percent
from watchkeeper.operator.tables import plain
from watchkeeper.operator.versions.compare import Compared
from watchkeeper.operator.versions.register import Entry
from watchkeeper.operator.versions.words import change, margin, verdict, written

_COLOURS = {"worse": "red", "better": "green"}


def register_table(entries: Sequence[Entry]) -> Table:
    """Every version of the register."""
    table = Table("service", "kind", "name", "version", "first seen", "last seen")
    for heading in ("calls", "cost", "tokens per call", "errors", "mean score"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("origin")
    for entry in entries:
        table.add_row(
            *(plain(part) for part in entry.key),
            known(entry.first_seen, _utc),
            known(entry.last_seen, _utc),
            known(entry.calls, lambda calls: number(round(calls))),
            known(entry.cost_usd, dollars),
            known(entry.tokens_per_call, number),
            known(entry.error_share, percent),
            known(entry.score, number),
            entry.origin,
        )
    return table


def comparison_table(before: str, after: str, compared: Sequence[Compared]) -> Table:
    """Every measure of both versions, with its interval and whether chance explains it."""
    table = Table("measure", title="95 % confidence intervals; differences after Holm's correction for all of them")
    for heading in (before, after, "change", ""):
        table.add_column(plain(heading), justify="right", no_wrap=True)
    table.add_column("")
    for one in compared:
        word = verdict(one)
        table.add_row(
            plain(one.title),
            written(one.unit, one.difference.before.value),
            written(one.unit, one.difference.after.value),
            change(one),
            margin(one),
            Text(word, style=_COLOURS.get(word, "")),
        )
    return table


def _utc(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M")
