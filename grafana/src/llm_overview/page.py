"""The page: variables at the top, rows below, and annotations for changes on every graph."""

from grafana.src import changes, house, sources
from grafana.src.llm_overview import alerts, behaviour, calls, glance, money, pipeline, steps, tokens, traffic
from grafana_foundation_sdk.builders import dashboard

# Alert rules and how-tos link here: never change it.
UID = "llm-overview"
FOLDER = "LLM"

# The place of a row is part of its panels' ids: new rows go to the end of this list or take a free place.
_ROWS = (
    (1, glance),
    (2, traffic),
    (3, money),
    (4, tokens),
    (5, steps),
    (9, behaviour),
    (6, alerts),
    (7, calls),
    (8, pipeline),
)


def build() -> dashboard.Dashboard:
    """Return the whole dashboard."""
    page = house.page(UID, "LLM overview", "Health and cost of model calls, and where to look next.")
    for variable in (sources.prometheus_variable(), sources.loki_variable()):
        page.with_variable(variable)
    page.with_variable(sources.metric_label_variable("service", "Service", "llm_requests_total"))
    for label, title in (("team", "Team"), ("model", "Model")):
        chosen = 'llm_requests_total{service=~"$service"}'
        page.with_variable(sources.metric_label_variable(label, title, chosen))
    page.with_variable(sources.log_label_variable("env", "Environment (logs)"))
    for annotation in changes.annotations():
        page.annotation(annotation)
    for place, row in _ROWS:
        house.add_row(page, place, row.TITLE, row.panels())
    return page
