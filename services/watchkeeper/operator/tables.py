"""What telemetry says, in tables of a terminal: as wide as that is, and whole where there is none."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

# Rich takes a pipe or a file for a terminal of 80 columns, and cuts what does not fit.
_WHOLE = 200


def print_table(console: Console, table: Table) -> None:
    """Print a table; into a pipe or a file no column is cut."""
    if not console.is_terminal:
        console.width = max(console.width, _WHOLE)
    console.print(table)


def plain(text: str, keeps: str = "") -> Text:
    """A text of telemetry: nothing in it moves a cursor but what is kept."""
    return Text("".join(one if one.isprintable() or one in keeps else "\N{REPLACEMENT CHARACTER}" for one in text))
