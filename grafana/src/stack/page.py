"""The page: rows from what must run at all to the errors of each component."""

from grafana.src import changes, house, sources
from grafana.src.stack import alerting, analyzer, exporter, logs, prometheus, running
from grafana_foundation_sdk.builders import dashboard

# Alert rules link here: never change it.
UID = "watchkeeper-stack"
FOLDER = "Watchkeeper"

# The place of a row is part of its panels' ids: new rows go to the end of this list or take a free place.
_ROWS = ((1, running), (2, alerting), (3, prometheus), (4, logs), (5, exporter), (6, analyzer))


def build() -> dashboard.Dashboard:
    """Return the whole dashboard."""
    page = house.page(UID, "The stack itself", "Health of the monitoring stack itself.")
    for variable in (sources.prometheus_variable(), sources.loki_variable()):
        page.with_variable(variable)
    for annotation in changes.annotations():
        page.annotation(annotation)
    for place, row in _ROWS:
        house.add_row(page, place, row.TITLE, row.panels())
    return page
