"""What the pages about model calls have in common: what the reader can choose at the top, and annotations."""

from collections.abc import Sequence
from typing import NamedTuple

from grafana.src import changes, house, sources
from grafana.src.house import PanelBuilder
from grafana_foundation_sdk.builders import dashboard

FOLDER = "LLM"
_REQUESTS = "llm_requests_total"
NO_CALLS = "no model calls in the time shown: docs/how-to/connect-an-app.md connects an application"


class Row(NamedTuple):
    """Panels under one heading; ``no_data`` is what those of them say that have nothing to show."""

    title: str
    panels: Sequence[PanelBuilder]
    no_data: str = NO_CALLS


def build(
    uid: str, title: str, question: str, rows: Sequence[Row], narrower: Sequence[dashboard.QueryVariable] = ()
) -> dashboard.Dashboard:
    """Return a page; ``narrower`` are more choices for its top.

    The place of a row is part of its panels' ids, so new rows go to the end or take a free place.
    """
    page = house.page(uid, title, question)
    add_variables(page)
    for variable in narrower:
        page.with_variable(variable)
    for annotation in changes.annotations():
        page.annotation(annotation)
    for place, row in enumerate(rows, start=1):
        add_row(page, place, row)
    return page


def add_variables(page: dashboard.Dashboard) -> None:
    """Let the reader choose the data sources, and service, team and model; each narrows the ones after it."""
    for variable in (sources.prometheus_variable(), sources.loki_variable()):
        page.with_variable(variable)
    page.with_variable(sources.metric_label_variable("service", "Service", _REQUESTS))
    for label, title, chosen in (
        ("team", "Team", 'service=~"$service"'),
        ("model", "Model", 'service=~"$service", team=~"$team"'),
    ):
        page.with_variable(sources.metric_label_variable(label, title, f"{_REQUESTS}{{{chosen}}}"))


def add_row(page: dashboard.Dashboard, place: int, row: Row) -> None:
    """Add a row whose panels say what is missing when they have nothing to show."""
    for panel in row.panels:
        defaults = panel.build().field_config
        if defaults is not None and defaults.defaults.no_value == house.NO_DATA:
            defaults.defaults.no_value = row.no_data
    house.add_row(page, place, row.title, row.panels)
