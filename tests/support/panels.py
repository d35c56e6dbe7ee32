"""Every query of every generated dashboard, with Grafana's variables filled in: ready for a real engine."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
DASHBOARDS = ROOT / "grafana" / "dashboards"

# What Grafana itself would put in for a reader who looks at the last hour.
DEFAULTS = {
    "datasource": "watchkeeper-prometheus",
    "loki": "watchkeeper-loki",
    "__rate_interval": "1m",
    "__interval": "15s",
    "__auto": "1m",
    "__range": "1h",
    "__range_s": "3600",
}
# What a list of single choices starts with when there are no values.
_NOTHING_CHOSEN = ""
_VARIABLE = re.compile(r"\$\{(\w+)\}|\$(\w+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelQuery:
    """One query: where it is, which data source answers it, and its text as the engine gets it."""

    dashboard: str
    panel: str
    ref_id: str
    source_type: str  # prometheus or loki
    source_uid: str
    expr: str
    is_instant: bool

    def __str__(self) -> str:
        """Name the query in test reports."""
        return f"{self.dashboard}/{self.panel}/{self.ref_id}"


def load_dashboards(folder: Path = DASHBOARDS) -> dict[str, dict[str, Any]]:
    """Return the generated dashboards by their uid."""
    loaded = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.rglob("*.json"))]
    return {dashboard["uid"]: dashboard for dashboard in loaded}


def panels_of(dashboard: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield all panels, those inside folded rows too, without the rows themselves."""
    for panel in dashboard["panels"]:
        if panel["type"] == "row":
            yield from panel.get("panels", [])
        else:
            yield panel


def choices(dashboard: Mapping[str, Any]) -> dict[str, str]:
    """Return what Grafana puts in for the variables of a page whose reader chose nothing: All, or the default."""
    return {variable["name"]: _start_of(variable) for variable in dashboard["templating"]["list"]}


def _start_of(variable: Mapping[str, Any]) -> str:
    if variable.get("includeAll"):
        return str(variable["allValue"])
    return str(variable.get("current", {}).get("value") or _NOTHING_CHOSEN)


def with_all(dashboard: Mapping[str, Any]) -> set[str]:
    """Return the variables of a page for which its reader can choose All."""
    return {variable["name"] for variable in dashboard["templating"]["list"] if variable.get("includeAll")}


def variables_of(dashboard: Mapping[str, Any], chosen: Mapping[str, str], single: Mapping[str, str]) -> dict[str, str]:
    """Return what Grafana puts in on a page of which a reader chose something; see ``panel_queries``."""
    needed = {name: value for name, value in single.items() if name not in with_all(dashboard)}
    return {**DEFAULTS, **choices(dashboard), **needed, **chosen}


def panel_queries(
    chosen: Mapping[str, str] = DEFAULTS, *, single: Mapping[str, str] | None = None
) -> Iterator[PanelQuery]:
    """Yield every query of every panel and of every annotation; ``chosen`` wins over what a page starts with.

    ``single`` wins only on pages that have no All for it: the prompt of one page is a single one, of another one any.
    """
    for dashboard in load_dashboards().values():
        yield from queries_of(dashboard, variables_of(dashboard, chosen, single or {}))


def queries_of(dashboard: Mapping[str, Any], variables: Mapping[str, str]) -> Iterator[PanelQuery]:
    """Yield every query of every panel and of every annotation of one page."""
    uid = str(dashboard["uid"])
    for panel in panels_of(dashboard):
        for target in panel.get("targets", []):
            yield _query(uid, panel["title"], target, variables)
    for annotation in dashboard["annotations"].get("list", []):
        if "expr" in annotation:
            yield _query(uid, f"annotation {annotation['name']}", annotation, variables)


def fill_in(text: str, variables: Mapping[str, str] = DEFAULTS) -> str:
    """Put values in place of ``$name`` and ``${name}``; other dollar signs stay."""
    return _VARIABLE.sub(lambda found: variables.get(found[1] or found[2], found[0]), text)


def _query(uid: str, panel: str, target: Mapping[str, Any], variables: Mapping[str, str]) -> PanelQuery:
    source = target["datasource"]
    return PanelQuery(
        dashboard=uid,
        panel=panel,
        ref_id=target.get("refId", ""),
        source_type=source["type"],
        source_uid=fill_in(source["uid"], variables),
        expr=fill_in(target["expr"], variables),
        is_instant=bool(target.get("instant")) or target.get("queryType") == "instant",
    )
