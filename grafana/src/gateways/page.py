"""The page: variables at the top, rows below, and annotations for changes on every graph."""

from grafana.src import changes, house, links, sources
from grafana.src.gateways import deployments, money, now, requests
from grafana.src.llm import frame
from grafana_foundation_sdk.builders import dashboard

# Alert rules link here: never change it.
UID = links.GATEWAYS
FOLDER = "Services"
QUESTION = "Do the gateways answer, which deployments fail them, and is their spend counted?"
_GATEWAYS = "service_requested:gateway_requests:increase10m"

# The place of a row is part of its panels' ids: new rows go to the end of this list or take a free place.
_ROWS = ((1, now), (2, requests), (3, deployments), (4, money))


def build() -> dashboard.Dashboard:
    """Return the whole dashboard."""
    page = house.page(UID, "Gateways", QUESTION)
    for variable in (sources.prometheus_variable(), sources.loki_variable()):
        page.with_variable(variable)
    page.with_variable(sources.metric_label_variable("service", "Service", _GATEWAYS))
    for annotation in changes.annotations():
        page.annotation(annotation)
    for place, row in _ROWS:
        frame.add_row(page, place, frame.Row(row.TITLE, row.panels(), row.NO_DATA))
    return page
