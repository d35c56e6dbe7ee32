"""The page: rows from what must run at all to the errors of each component."""

from grafana.src import changes, house, links, sources
from grafana.src.llm import frame
from grafana.src.stack import alerting, analyzer, logs, prometheus, running
from grafana_foundation_sdk.builders import dashboard

# Alert rules link here: never change it.
UID = links.STACK
FOLDER = "Watchkeeper"
QUESTION = "Does every component of the stack run, and does it keep up?"
_NO_DATA = "none in the time shown, or its component does not answer: see Components"

# The place of a row is part of its panels' ids: new rows go to the end of this list or take a free place.
_ROWS = ((1, running), (2, alerting), (3, prometheus), (4, logs), (6, analyzer))


def build() -> dashboard.Dashboard:
    """Return the whole dashboard."""
    page = house.page(UID, "The stack itself", QUESTION)
    for variable in (sources.prometheus_variable(), sources.loki_variable()):
        page.with_variable(variable)
    for annotation in changes.annotations_of_the_stack():
        page.annotation(annotation)
    for place, row in _ROWS:
        frame.add_row(page, place, frame.Row(row.TITLE, row.panels(), _NO_DATA))
    return page
