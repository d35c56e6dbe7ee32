"""Changes of prices as a table for a terminal."""

from collections.abc import Sequence
from decimal import Decimal

from rich.table import Table

from watchkeeper.operator.prices.changes import Change


def changes_table(changes: Sequence[Change]) -> Table:
    """One line per model whose price changes."""
    table = Table(title="US dollars for 1,000 tokens in and 1,000 out", title_justify="left")
    table.add_column("model", overflow="fold")
    table.add_column("provider")
    for name in ("before", "now", "change", "all cached, before", "now"):
        table.add_column(name, justify="right")
    for change in changes:
        (before, cached_before), (after, cached_after) = change.before, change.after
        table.add_row(
            change.model.model,
            change.model.provider,
            _usd(before),
            _usd(after),
            _percent(change),
            _usd(cached_before),
            _usd(cached_after),
        )
    return table


def _usd(amount: Decimal | None) -> str:
    return "no price" if amount is None else f"{amount.normalize():f}"


def _percent(change: Change) -> str:
    ratio = change.ratio
    return "" if ratio is None else f"{(ratio - 1) * 100:+.1f} %"
