"""The end of docs/dashboards.md: what pictures of every page in four states of a stack show, as the preview says."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec
from docs.reference.markdown import table

_STATES = Path(__file__).parents[2] / "grafana" / "preview" / "states.json"
_TEXT = """\
## What they show in four states

Pages drawn with `make look LOOK=--check`: on an empty stack and in an incident at 1366 pixels in dark, on \
a quiet hour of the demo at 1600 pixels in light, and on \
the month of fifty services of the table above in both.
A number says how many panels had no data; the texts above say what would bring some, or why none is good.
The month has metrics without log lines and alerts, and none of servers that are scraped.
A page without a number was changed after it was drawn in that state.
What is cut is listed with its state; the rest of a legend can be scrolled to."""


class _Page(msgspec.Struct):
    views: list[str]
    panels: int
    empty: list[str]
    faults: list[str]


def drawn() -> str:
    """Return the section: a page a row, in the order of the names."""
    states = msgspec.json.decode(_STATES.read_bytes(), type=dict[str, dict[str, _Page]])
    names = sorted({name for pages in states.values() for name in pages})
    head = ["dashboard", *states, "what is cut"]
    return f"{_TEXT}\n\n{table(head, (_row(name, states) for name in names))}"


def _row(name: str, states: Mapping[str, Mapping[str, _Page]]) -> list[str]:
    of_states = [pages.get(name) for pages in states.values()]
    empty = [f"{len(page.empty)} of {page.panels}" if page else "" for page in of_states]
    return [name, *empty, "; ".join(_faults(name, states)) or "nothing"]


def _faults(name: str, states: Mapping[str, Mapping[str, _Page]]) -> Iterator[str]:
    """What is wrong, each once, with the states that have it."""
    found: dict[str, list[str]] = {}
    for state, pages in states.items():
        for fault in pages[name].faults if name in pages else ():
            found.setdefault(fault, []).append(state)
    return (f"{fault} ({', '.join(where)})" for fault, where in found.items())
