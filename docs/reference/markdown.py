"""The few pieces of Markdown that reference pages are made of."""

import inspect
from collections.abc import Iterable, Sequence


def page(title: str, source: str, *parts: str) -> str:
    """Return a whole page that says where it comes from."""
    notice = f"<!-- Generated from {source} by `make generate`: change it there. -->"
    return "\n\n".join([f"# {title}", notice, *parts]) + "\n"


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; bars inside cells are escaped."""
    lines = [_row(headings), _row(["---"] * len(headings))]
    lines += [_row([cell.replace("|", "\\|") for cell in row]) for row in rows]
    return "\n".join(lines)


def code(text: object) -> str:
    """Return text as inline code, and nothing for nothing."""
    return f"`{text}`" if str(text) else ""


def docstring_of(documented: object) -> str:
    """Return the docstring as Markdown: its double backticks are single ones there."""
    return (inspect.getdoc(documented) or "").replace("``", "`")


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
