"""Tables of many columns: as wide as the terminal, and whole where there is none."""

from rich.console import Console
from rich.table import Table

# Rich takes a pipe or a file for a terminal of 80 columns, and cuts what does not fit.
_WHOLE = 200


def print_table(console: Console, table: Table) -> None:
    """Print a table; into a pipe or a file no column is cut."""
    if not console.is_terminal:
        console.width = max(console.width, _WHOLE)
    console.print(table)
