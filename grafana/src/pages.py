"""The frame of a page: what it has at its top, and its rows."""

import re
from collections.abc import Sequence
from pathlib import Path

from grafana.src import links, sources
from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models.dashboard import DashboardCursorSync, DashboardLinkType, Panel

# The tag of all our dashboards, for the links between them.
TAG = "watchkeeper"
_ALERTS = {path.stem for path in (Path(__file__).parents[2] / "docs" / "runbooks").glob("*.md")} - {"README"}


def page(uid: str, title: str, description: str) -> dashboard.Dashboard:
    """Start a dashboard that only its source can change; ``description`` is the question that it answers."""
    return (
        dashboard.Dashboard(title)
        .uid(uid)
        .description(description)
        .tags([TAG])
        .readonly()
        .time("now-6h", "now")
        .refresh("1m")
        .timezone("browser")
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .link(_to_the_others())
        .with_variable(sources.runbooks_variable())
    )


def add_row(page: dashboard.Dashboard, place: int, title: str, panels: Sequence[Builder[Panel]]) -> None:
    """Add an open row; ids follow from its ``place``, so that links to panels survive a change elsewhere."""
    first_id = place * 100
    page.with_row(dashboard.Row(title).id(first_id))
    for offset, panel in enumerate(panels, start=1):
        panel.build().id_val = first_id + offset
        _link_runbooks(panel.build())
        page.with_panel(panel)


def _link_runbooks(panel: Panel) -> None:
    """At the panel's title: the runbook of every alert that its description names."""
    named = re.findall(r"[A-Z]\w+", panel.description or "")
    found = [links.to_runbook(name, sources.RUNBOOKS).build() for name in dict.fromkeys(named) if name in _ALERTS]
    panel.links = [*(panel.links or []), *found] or None


def _to_the_others() -> dashboard.DashboardLink:
    """At the top of the page, a menu of all our dashboards, for the same time and choices."""
    link = dashboard.DashboardLink("Dashboards").type(DashboardLinkType.DASHBOARDS).tags([TAG])
    link = link.keep_time(keep_time=True).include_vars(include_vars=True).as_dropdown(as_dropdown=True)
    # The builder's default hides the link in the menu of the page's controls.
    vars(link.build()).update(placement=None)
    return link
