"""docs/reference/packs.md: what proves each pack; only which parts belong to which pack is written by hand."""

import ast
import re
from collections.abc import Mapping, Sequence, Sized
from pathlib import Path
from typing import TypeVar

import msgspec
import yaml
from docs.reference.markdown import code, page, table
from docs.reference.packs_cost import packs_cost
from docs.reference.rule_files import ROOT, topics
from tests.e2e.support.shown import RIGHTLY_EMPTY
from tests.support.panels import PanelQuery, load_dashboards, panel_queries

from watchkeeper.operator.drills.run import why_not

SOURCE = "docs/reference/packs.yml"
Some = TypeVar("Some", bound=Sized)
_CASES = ROOT / "prometheus" / "tests"
_PANELS = "[test_panels.py](../../tests/e2e/test_panels.py)"
_INTRODUCTION = """\
A pack is what is read of one thing, with its alerts, panels and how-to.
This page lists what proves each of them: it is read from the fixtures, rules, dashboards and tests themselves.

- A fixture is what a program sent or exposed, or was written after what it would; which of both, each of them says.
- An alert has cases on promtool that see it fire and see it quiet; `make mutation` changes its rule in every way that \
it knows, and a case must notice; a drill makes it fire on a running stack, and its messages are \
[golden](messages.md).
- A panel returns data after the traffic of the end-to-end tests, in a test of its own, or has a reason why it does not.
- The last column is the test that holds that a pack has no series where it is not used; what its \
rules record and take is [below](#what-they-cost).
- Numbers are held against someone else's sum by the tests that are named, in their own words."""


class _Pack(msgspec.Struct):
    pack: str
    how_to: str
    fixtures: list[str]
    alerts: str
    metrics: str
    sums: list[str]
    shown_by: str = ""
    unused: str = ""


def render() -> str:
    """Return the page. Raises: LookupError for a part that is named and not there."""
    packs = msgspec.convert(yaml.safe_load((ROOT / SOURCE).read_text(encoding="utf-8")), list[_Pack])
    head = ["pack", "fixtures", "alerts", "cases", "panels", "of these return data", "sums", "nothing where unused"]
    whole = table(head, [_row(pack) for pack in packs])
    return page("Packs", SOURCE, _INTRODUCTION, whole, packs_cost(), *(_section(pack) for pack in packs))


def _row(pack: _Pack) -> list[str]:
    alerts, panels = alerts_of(pack.alerts), panels_of(pack.metrics)
    shown = [one for one, why in panels.items() if pack.shown_by or not why]
    cases = sum(_cases(alert)[0] for alert in alerts)
    counts = [len(fixtures_of(pack.fixtures)), len(alerts), cases, len(panels), len(shown), len(pack.sums)]
    unused = _sum(pack.unused)[1] if pack.unused else ""
    return [f"[{pack.pack}](#{pack.pack.lower().replace(' ', '-')})", *(str(count) for count in counts), unused]


def _section(pack: _Pack) -> str:
    how_to = f"docs/how-to/{pack.how_to}.md"
    _found([how_to] if (ROOT / how_to).is_file() else [], how_to)
    parts = [f"## {pack.pack}", f"How to: [{pack.how_to}](../how-to/{pack.how_to}.md)."]
    if fixtures := fixtures_of(pack.fixtures):
        parts.append(table(["fixture", "how it came about"], [[code(name), how] for name, how in fixtures]))
    if alerts := alerts_of(pack.alerts):
        parts.append(table(["alert", "cases", "severities seen to fire", "drill"], [_alert(alert) for alert in alerts]))
    if panels := panels_of(pack.metrics):
        parts.append(table(["page", "panels", "return data"], _panel_rows(panels, pack.shown_by)))
    if pack.unused:
        parts.append(table(["where it is not used", "test"], [_sum(pack.unused)]))
    if pack.sums:
        parts.append(table(["numbers are held against a sum of someone else's", "test"], map(_sum, pack.sums)))
    return "\n\n".join(parts)


def _panel_rows(panels: Mapping[tuple[str, str], str], shown_by: str) -> list[list[str]]:
    """The panels of each page, together where the same is known of them."""
    shown = _sum(shown_by)[1] if shown_by else ""
    rows: dict[tuple[str, str], list[str]] = {}
    for (page_, title), why in panels.items():
        known = f"in {shown}" if why and shown else f"no: {why}" if why else f"in {_PANELS}"
        rows.setdefault((page_, known), []).append(title)
    return [[page_, "; ".join(titles), known] for (page_, known), titles in rows.items()]


def fixtures_of(patterns: Sequence[str]) -> list[tuple[str, str]]:
    """Return files and folders below tests, and what the page beside them says of how they came about."""
    paths = [path for pattern in patterns for path in _found(sorted((ROOT / "tests").glob(pattern)), pattern)]
    return [(path.name, _how(path)) for path in paths]


def _how(path: Path) -> str:
    """The cell of the table beside a fixture; of folders of payloads the page of all of them speaks."""
    text = (path.parent / "README.md").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line.startswith(f"| `{path.name}` |"):
            # Links of that page begin at another folder.
            return re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", line.split("|")[2].strip())
    if not path.is_dir():
        raise LookupError(f"{path.parent / 'README.md'} must say how {path.name} came about")
    bodies = [one for one in path.iterdir() if not one.name.endswith((".headers.json", "truth.json"))]
    return f"what the program of this version sent, byte for byte ({len(bodies)} bodies)"


def alerts_of(pattern: str) -> list[str]:
    """Return the alerts of a pack by name, those of Prometheus."""
    names = {rule["alert"] for topic in topics() for rule in topic.alerts if topic.file.parts[0] == "prometheus"}
    found = sorted(name for name in names if re.fullmatch(pattern, name))
    return _found(found, pattern) if pattern else []


def _cases(alert: str) -> tuple[int, list[str]]:
    """How many cases the alert has, and the severities with which they see it fire."""
    tests = yaml.safe_load((_CASES / f"{alert}.yml").read_text(encoding="utf-8"))["tests"]
    fired = {
        expected["exp_labels"]["severity"]
        for test in tests
        for asked in test.get("alert_rule_test", [])
        if asked["alertname"] == alert
        for expected in asked["exp_alerts"]
    }
    return len(tests), sorted(fired, key=["critical", "high", "medium", "low", "none"].index)


def _alert(alert: str) -> list[str]:
    count, severities = _cases(alert)
    link = f"[{alert}](../runbooks/{alert}.md)"
    return [link, str(count), ", ".join(severities), why_not(alert, _CASES) or f"`./watchkeeper drill {alert}`"]


def panels_of(pattern: str) -> dict[tuple[str, str], str]:
    """Return the panels that ask for a pack's metrics, by page and title, each with why it may show nothing."""
    titles = {uid: dashboard["title"] for uid, dashboard in load_dashboards().items()}
    wanted = re.compile(rf"(?<![\w:])(?:{pattern})")
    found: dict[tuple[str, str], list[str]] = {}
    for query in panel_queries():
        if pattern and wanted.search(query.expr) and not query.panel.startswith("annotation "):
            found.setdefault((titles[query.dashboard], query.panel), []).append(_why_empty(query))
    # A panel shows something when one of its queries does.
    reasons = {panel: "" if "" in whys else whys[0] for panel, whys in found.items()}
    return _found(reasons, pattern) if pattern else {}


def _why_empty(query: PanelQuery) -> str:
    return next((why for pattern, why in RIGHTLY_EMPTY.items() if re.fullmatch(pattern, str(query))), "")


def _sum(name: str) -> list[str]:
    file, _, function = name.partition("::")
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    docs = [
        ast.get_docstring(node)
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == function
    ]
    (said,) = _found(docs, name)
    claim = function.removeprefix("test_").replace("_", " ")
    return [f"{claim}: {said}", f"[{Path(file).name}](../../{file})"]


def _found(found: Some, what: str) -> Some:
    if not found:
        raise LookupError(f"{SOURCE}: {what} must be there")
    return found
