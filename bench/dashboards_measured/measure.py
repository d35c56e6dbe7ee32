"""Asks every query of every dashboard as Grafana does, and counts what Prometheus takes for it."""

import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import promql_parser
import yaml
from alerts_measured.rules import Recording, recordings_for
from alerts_measured.shapes import Array
from alerts_measured.store import START, Labels, Store
from tests.support.panels import (
    DEFAULTS,
    PanelQuery,
    fill_in,
    load_dashboards,
    panel_queries,
    panels_of,
    queries_of,
    variables_of,
)

from dashboards_measured.company import MONTH, ROOT, SAMPLED, exposed

# What must be chosen on pages that have no All for it: two versions of a prompt.
SINGLE = {"prompt": "prompt-1", "version_a": "0", "version_b": "1"}
# One value of everything that can be chosen, of a service that exists.
ONE = {
    "service": "service-1",
    "team": "team-1",
    "model": "model-1",
    "prompt": "prompt-1",
    "prompt_version": "0",
    "tenant": "tenant-1",
    "agent": "planner",
    "canary": "canary-1",
    "target": "target-1",
    "feature": "feature-1",
    "evaluator": "evaluator-1",
    "slo": "slo-1",
    "budget": "budget-1",
}
_RULES = ROOT / "prometheus" / "rules"
_AT_ONCE = 2_000
# Points of a graph of a third of the page at 1,600 pixels; Grafana rounds the step up to one of its own.
_POINTS = 480
_STEPS = (15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 10800)
SCRAPE_SECONDS = 15
# What is in sight before one scrolls, in rows of the grid: 30 pixels and 8 between.
FIRST_SCREEN = 22
_NAME = re.compile(r"[A-Za-z_:][\w:]*")
_LIST = re.compile(r"label_values\((.+), (\w+)\)")
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
    """What a reader looks at: the last ``seconds`` of the month, in few points that are ``apart`` seconds apart."""

    seconds: int
    apart: int = 1
    points: int = _POINTS

    @property
    def step(self) -> int:
        """Seconds between two points of a graph."""
        return max(self.apart, next((step for step in _STEPS if step * self.points >= self.seconds), _STEPS[-1]))

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


def fill(store: Store, uids: Collection[str]) -> tuple[int, int]:
    """Write the past of everything exposed and recorded that these dashboards read and the store has not yet.

    Return how many series of both it has.
    """
    expressions = {query.expr for query in panel_queries() if query.dashboard in uids}
    rules = recordings_for(_RULES, expressions)
    read = set(_NAME.findall(" ".join((*expressions, *(rule.expr for rule in rules)))))
    known = _names(store)
    batch: list[tuple[Labels, Array, Array]] = []
    for labels, values in exposed():
        if labels["__name__"] not in read - known:
            continue
        batch.append((labels, SAMPLED, values))
        if len(batch) == _AT_ONCE:
            store.write(batch)
            batch = []
    store.write(batch)
    _record(store, [rule for rule in rules if rule.record not in known])
    return _counted(store, '{__name__=~".+", __name__!~".*:.*"}'), _counted(store, '{__name__=~".*:.*"}')


def _names(store: Store) -> set[str]:
    return set(store.client.get(f"{store.url}/api/v1/label/__name__/values").json()["data"])


def _counted(store: Store, selector: str) -> int:
    """Series that have had a sample in the last five minutes of the month."""
    found = store.ask(f"count({selector})", MONTH - 1, MONTH - 1)
    return int(found[0][2][-1]) if found else 0


def _record(store: Store, rules: Iterable[Recording]) -> None:
    """Write what each rule finds at the end as its value of the whole month, for the rules and the panels after it."""
    end, minutes_apart = int(SAMPLED[-1]), _intervals()
    for rule in rules:
        own = {**rule.labels, "__name__": rule.record}
        found = {
            tuple(sorted({**labels, **own}.items())): values[-1] for labels, _, values in store.ask(rule.expr, end, end)
        }
        at = SAMPLED[SAMPLED % minutes_apart[rule.record] == 0]
        store.write((dict(labels), at, np.full(at.size, value)) for labels, value in found.items())


def _intervals() -> dict[str, float]:
    """How many minutes apart each rule is evaluated: more samples than that it never has."""
    groups = [group for file in _RULES.rglob("*.yml") for group in yaml.safe_load(file.read_text())["groups"]]
    return {
        rule["record"]: promql_parser.parse_duration(group.get("interval", "15s")).total_seconds() / 60
        for group in groups
        for rule in group["rules"]
        if "record" in rule
    }


def asked(store: Store, shown: Shown, chosen: Mapping[str, str], uids: Collection[str]) -> Iterator[Took]:
    """Ask each page for its choices, then each panel, one after the other; what is not ``chosen`` is All, if there is.

    What is to be chosen counts as a panel of the first screen: nothing is drawn before.
    """
    pages = load_dashboards()
    for page in (pages[uid] for uid in uids):
        yield _took_choices(store, page, variables_of(page, {**shown.variables, **chosen}, SINGLE))
        for panel in panels_of(page):
            apart = promql_parser.parse_duration(panel.get("interval", "1s")).seconds
            points = Shown(shown.seconds, apart, panel.get("maxDataPoints", _POINTS))
            of_panel = _queries(page, panel["title"], {**points.variables, **chosen})
            if of_panel:
                yield _took(store, panel, of_panel, points)


def _queries(page: Mapping[str, Any], title: str, chosen: Mapping[str, str]) -> list[PanelQuery]:
    every = queries_of(page, variables_of(page, chosen, SINGLE))
    return [one for one in every if (one.panel, one.source_type) == (title, "prometheus")]


def _took(store: Store, panel: dict[str, Any], queries: list[PanelQuery], shown: Shown) -> Took:
    before = _processor_seconds(store.pid)
    answers = [_ask(store, query, shown) for query in queries]
    seconds = round(_processor_seconds(store.pid) - before, 3)
    errors = " ".join(error for _, error in answers if error)
    is_first = panel["gridPos"]["y"] < FIRST_SCREEN
    return Took(queries[0].dashboard, panel["title"], seconds, sum(count for count, _ in answers), is_first, errors)


def _took_choices(store: Store, page: Mapping[str, Any], variables: Mapping[str, str]) -> Took:
    """What Prometheus takes for the lists at the top of a page, over the time shown."""
    end = START + MONTH * 60 - SCRAPE_SECONDS
    lists = [_LIST.fullmatch(str(dict(one["query"]).get("query"))) for one in page["templating"]["list"] if _asks(one)]
    before, values = _processor_seconds(store.pid), 0
    for metric, label in (found.groups() for found in lists if found):
        span = {"match[]": fill_in(metric, variables), "start": end - int(variables["__range_s"]), "end": end}
        values += len(store.client.get(f"{store.url}/api/v1/label/{label}/values", params=span).json()["data"])
    seconds = round(_processor_seconds(store.pid) - before, 3)
    return Took(str(page["uid"]), "choices at the top", seconds, values, is_first=True)


def _asks(variable: Mapping[str, Any]) -> bool:
    return variable["type"] == "query" and variable["datasource"]["type"] == "prometheus"


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
