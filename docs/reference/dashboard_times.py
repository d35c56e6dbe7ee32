"""The end of docs/dashboards.md: what the pages ask, and what that takes, as bench/dashboards.py measured it."""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
from docs.reference.markdown import table
from tests.e2e.support.shown import RIGHTLY_EMPTY
from tests.support.panels import panel_queries, panels_of

_ROOT = Path(__file__).parents[2]
_FIGURES = _ROOT / "bench" / "dashboards_measured" / "figures.json"
_SHORT, _LONG, _ONE = "6 hours", "30 days", "6 hours, one of each"
_TEXT = """\
## How long they take

Processor seconds of Prometheus for a page with everything chosen, or one of each where it says so, \
on {exposed:,} exposed and {recorded:,} recorded series of fifty services, twenty models and a hundred prompt versions \
with a month of past: without other work that is the longest that a page waits, for two processors share its panels.
Six hours have a sample every 15 seconds, and what is recorded as often as its rule is evaluated; \
of a month there is one an hour, so that 30 days are the least that they take.
The lists at the top of a page count as a panel of its first screen.
`bench/dashboards.py` measures it.

Every query, annotations too, runs on the real engines after traffic of all kinds; those that rightly show nothing \
then are listed with their reasons in [shown.py](../tests/e2e/support/shown.py)."""

_HEAD = [
    "dashboard",
    "panels",
    "queries",
    "rightly empty",
    "first screen",
    "all panels",
    "slowest panel",
    "of these",
    "first screen, 30 days",
    "first screen, one of each",
]


class _Took(msgspec.Struct):
    dashboard: str
    panel: str
    seconds: float
    shown: int
    is_first: bool
    error: str


class _Figures(msgspec.Struct):
    exposed: int
    recorded: int
    took: dict[str, list[_Took]]


def measured() -> str:
    """Return the section: a page a row, the slowest first."""
    figures = msgspec.json.decode(_FIGURES.read_bytes(), type=_Figures)
    text = _TEXT.format(exposed=figures.exposed, recorded=figures.recorded)
    rows = sorted(_rows(figures), key=lambda row: -float(row[4].split()[0]))
    return f"{text}\n\n{table(_HEAD, rows)}"


def _rows(figures: _Figures) -> Iterator[list[str]]:
    for path in (_ROOT / "grafana" / "dashboards").rglob("*.json"):
        page = json.loads(path.read_text(encoding="utf-8"))
        spans = (_SHORT, _LONG, _ONE)
        short, long, narrow = ([one for one in figures.took[span] if one.dashboard == page["uid"]] for span in spans)
        if short:
            slowest = max(short, key=lambda one: one.seconds)
            yield [
                page["title"],
                str(len([*panels_of(page)])),
                *_asked(page["uid"]),
                _seconds(one for one in short if one.is_first),
                _seconds(short),
                slowest.panel,
                _seconds([slowest]),
                _seconds(one for one in long if one.is_first),
                _seconds(one for one in narrow if one.is_first),
            ]


def _asked(uid: str) -> tuple[str, str]:
    """How many queries a page asks, and how many of them show nothing after the traffic of the tests."""
    own = [str(query) for query in panel_queries() if query.dashboard == uid]
    empty = [name for name in own if any(re.fullmatch(pattern, name) for pattern in RIGHTLY_EMPTY)]
    return str(len(own)), str(len(empty))


def _seconds(took: Iterable[_Took]) -> str:
    return f"{sum(one.seconds for one in took):.2f} s"
