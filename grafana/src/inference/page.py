"""The page: variables at the top, rows below, and annotations for changes on every graph."""

from grafana.src import changes, house, links, sources
from grafana.src.inference import gpus, latency, load, money, now
from grafana.src.llm import frame
from grafana_foundation_sdk.builders import dashboard

# Alert rules link here: never change it.
UID = links.INFERENCE
FOLDER = "Services"
QUESTION = "Do the inference servers keep up, where do requests wait, and what do their tokens cost?"
_SERVERS = "instance_server:inference_requests_running:sum"

# The place of a row is part of its panels' ids: new rows go to the end of this list or take a free place.
_ROWS = ((5, now), (1, load), (2, latency), (3, gpus), (4, money))


def build() -> dashboard.Dashboard:
    """Return the whole dashboard."""
    page = house.page(UID, "Inference servers", QUESTION)
    for variable in (sources.prometheus_variable(), sources.loki_variable()):
        page.with_variable(variable)
    page.with_variable(sources.metric_label_variable("service", "Service", _SERVERS))
    for annotation in changes.annotations():
        page.annotation(annotation)
    for place, row in _ROWS:
        frame.add_row(page, place, frame.Row(row.TITLE, row.panels(), row.NO_DATA))
    return page
