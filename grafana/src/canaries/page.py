"""The page: variables at the top, rows below, and annotations for changes on every graph."""

from grafana.src import changes, house, links, sources
from grafana.src.canaries import answers, retrieval
from grafana.src.llm import frame
from grafana_foundation_sdk.builders import dashboard

# Alert rules link here: never change it.
UID = links.CANARIES
FOLDER = "LLM"
QUESTION = "Do fixed questions still get the known answers, and golden queries the known documents?"

# The place of a row is part of its panels' ids: new rows go to the end of this list or take a free place.
_ROWS = ((1, answers), (2, retrieval))


def build() -> dashboard.Dashboard:
    """Return the whole dashboard."""
    page = house.page(UID, "Canaries", QUESTION)
    for variable in (sources.prometheus_variable(), sources.loki_variable()):
        page.with_variable(variable)
    for label, title in (("canary", "Canary"), ("target", "Target")):
        page.with_variable(sources.metric_label_variable(label, title, "llm_canary_interval_seconds"))
    for annotation in changes.annotations_of_all():
        page.annotation(annotation)
    for place, row in _ROWS:
        frame.add_row(page, place, frame.Row(row.TITLE, row.panels(), row.NO_DATA))
    return page
