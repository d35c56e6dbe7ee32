"""The page: variables at the top, rows below, and annotations for changes on every graph."""

from grafana.src import changes, house, sources
from grafana.src.drift import distance, embeddings, quality, verdicts
from grafana_foundation_sdk.builders import dashboard

# Alert rules link here: never change it.
UID = "llm-drift"
FOLDER = "LLM"

# The place of a row is part of its panels' ids: new rows go to the end of this list or take a free place.
_ROWS = ((1, verdicts), (2, distance), (3, quality), (4, embeddings))


def build() -> dashboard.Dashboard:
    """Return the whole dashboard."""
    page = house.page(UID, "Drift", "Features of services that have moved: how far, since when, and what was changed.")
    for variable in (sources.prometheus_variable(), sources.loki_variable()):
        page.with_variable(variable)
    for label, title in (("service", "Service"), ("feature", "Feature")):
        page.with_variable(sources.metric_label_variable(label, title, "llm_drift_verdict"))
    for annotation in changes.annotations():
        page.annotation(annotation)
    for place, row in _ROWS:
        house.add_row(page, place, row.TITLE, row.panels())
    return page
