"""Asks every query of every dashboard as Grafana does, and counts what Prometheus takes for it."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from alerts_measured.rules import recordings_for
from alerts_measured.shapes import Array
from alerts_measured.store import START, Labels, Store
from tests.support.panels import DEFAULTS, PanelQuery, load_dashboards, panel_queries, panels_of

from dashboards_measured.company import MOMENTS, MONTH, ROOT, exposed

_AT_ONCE = 2_000
# Points of a graph of a third of the page at 1,600 pixels; Grafana rounds the step up to one of its own.
_POINTS = 480
_STEPS = (15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200)
SCRAPE_SECONDS = 15
# What is in sight before one scrolls, in rows of the grid: 30 pixels and 8 between.
FIRST_SCREEN = 22
_TICKS = os.sysconf("SC_CLK_TCK")


class Took(msgspec.Struct, frozen=True):
    """What one panel takes with all its queries: seconds of the processor, and series or rows that it shows."""

    dashboard: str
    panel: str
    seconds: float
    shown: int
    is_first: bool
    error: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a reader looks at: so many seconds until the end of the month."""

    seconds: int

    @property
    def step(self) -> int:
        """Seconds between two points of a graph."""
        return next((step for step in _STEPS if step * _POINTS >= self.seconds), _STEPS[-1])

    @property
    def variables(self) -> dict[str, str]:
        """What Grafana puts in for its own variables."""
        interval = f"{self.step}s"
        every = {
            "__interval": interval,
            "__auto": interval,
            "__range": f"{self.seconds}s",
            "__range_s": str(self.seconds),
        }
        return {**DEFAULTS, **every, "__rate_interval": f"{max(self.step + SCRAPE_SECONDS, 4 * SCRAPE_SECONDS)}s"}


def fill(store: Store) -> tuple[int, int]:
    """Write the past of everything exposed and recorded; return the number of series of each."""
    batch: list[tuple[Labels, Array, Array]] = []
    written = 0
    for labels, values in exposed():
        batch.append((labels, MOMENTS, values))
        if len(batch) == _AT_ONCE:
            store.write(batch)
            written, batch = written + len(batch), []
    store.write(batch)
    return written + len(batch), _record(store)


def _record(store: Store) -> int:
    """Write what each rule finds at the end as its value of the whole month, for the rules and the panels after it."""
    end, written = int(MOMENTS[-1]), 0
    for rule in recordings_for(ROOT / "prometheus" / "rules", {query.expr for query in panel_queries()}):
        own = {**rule.labels, "__name__": rule.record}
        found = {
            tuple(sorted({**labels, **own}.items())): values[-1] for labels, _, values in store.ask(rule.expr, end, end)
        }
        store.write((dict(labels), MOMENTS, np.full(MOMENTS.size, value)) for labels, value in found.items())
        written += len(found)
    return written


def asked(store: Store, shown: Shown, chosen: dict[str, str]) -> Iterator[Took]:
    """Ask each panel of each page, one after the other."""
    places = {
        (uid, panel["title"]): panel["gridPos"]["y"] < FIRST_SCREEN
        for uid, dashboard in load_dashboards().items()
        for panel in panels_of(dashboard)
    }
    queries: dict[tuple[str, str], list[PanelQuery]] = {key: [] for key in places}
    for query in panel_queries({**shown.variables, **chosen}):
        if query.source_type == "prometheus" and (query.dashboard, query.panel) in queries:
            queries[query.dashboard, query.panel].append(query)
    for (uid, title), of_panel in queries.items():
        if of_panel:
            before = _processor_seconds(store.pid)
            answers = [_ask(store, query, shown) for query in of_panel]
            taken = _processor_seconds(store.pid) - before
            errors = " ".join(error for _, error in answers if error)
            yield Took(uid, title, round(taken, 3), sum(count for count, _ in answers), places[uid, title], errors)


def _ask(store: Store, query: PanelQuery, shown: Shown) -> tuple[int, str]:
    end = START + MONTH * 60 - SCRAPE_SECONDS
    if query.is_instant:
        path, span = "query", {"time": end}
    else:
        path, span = "query_range", {"start": end - shown.seconds, "end": end, "step": shown.step}
    answer = store.client.post(f"{store.url}/api/v1/{path}", data={"query": query.expr, **span}).json()
    return len(answer.get("data", {}).get("result", ())), answer.get("error", "")


def _processor_seconds(pid: int) -> float:
    """What a process took so far, in user and system mode: the same however busy the machine is."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
