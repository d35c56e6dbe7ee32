"""The page: variables at the top, rows below, and annotations for changes on every graph."""

from grafana.src import changes, house, links, sources
from grafana.src.llm import frame
from grafana.src.services import dependencies, machines, requests
from grafana_foundation_sdk.builders import dashboard

# Alert rules link here: never change it.
UID = links.SERVICES
FOLDER = "Services"
QUESTION = "Are the services around the models well, and their databases, caches and machines?"

# The place of a row is part of its panels' ids: new rows go to the end of this list or take a free place.
_ROWS = ((1, requests), (2, dependencies), (3, machines))


def build() -> dashboard.Dashboard:
    """Return the whole dashboard."""
    page = house.page(UID, "Services and hosts", QUESTION)
    for variable in (sources.prometheus_variable(), sources.loki_variable()):
        page.with_variable(variable)
    page.with_variable(sources.metric_label_variable("service", "Service", "up"))
    for annotation in changes.annotations():
        page.annotation(annotation)
    for place, row in _ROWS:
        frame.add_row(page, place, frame.Row(row.TITLE, row.panels(), row.NO_DATA))
    return page
