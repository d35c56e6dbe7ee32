"""The page: what arrives and what is lost, detail that has no place, and requests for other backends."""

from grafana.src import changes, house, links, sources
from grafana.src.ingestion import arrivals, capacity, langfuse, langfuse_costs
from grafana.src.llm import frame
from grafana_foundation_sdk.builders import dashboard

# Alert rules link here: never change it.
UID = links.INGEST
FOLDER = "Watchkeeper"
QUESTION = "Does all telemetry arrive, is anything lost, and can the metrics be trusted?"


def build() -> dashboard.Dashboard:
    """Return the whole dashboard."""
    page = house.page(UID, "Ingestion", QUESTION)
    for variable in (sources.prometheus_variable(), sources.loki_variable()):
        page.with_variable(variable)
    for annotation in changes.annotations_of_the_stack():
        page.annotation(annotation)
    for place, row in enumerate((arrivals, capacity, langfuse, langfuse_costs), start=1):
        frame.add_row(page, place, frame.Row(row.TITLE, row.panels(), row.NO_DATA))
    return page
