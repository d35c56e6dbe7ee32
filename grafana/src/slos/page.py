"""The page: variables at the top, rows below, and annotations for changes on every graph."""

from grafana.src import changes, house, sources
from grafana.src.slos import budgets, burn, compliance
from grafana_foundation_sdk.builders import dashboard

# Alert rules link here: never change it.
UID = "llm-slos"
FOLDER = "LLM"

# The place of a row is part of its panels' ids: new rows go to the end of this list or take a free place.
_ROWS = ((1, compliance), (2, burn), (3, budgets))


def build() -> dashboard.Dashboard:
    """Return the whole dashboard."""
    page = house.page(UID, "SLOs and budgets", "SLO compliance, error budgets and cost budgets.")
    for variable in (sources.prometheus_variable(), sources.loki_variable()):
        page.with_variable(variable)
    for label, title in (("slo", "SLO"), ("service", "Service"), ("team", "Team")):
        page.with_variable(sources.metric_label_variable(label, title, "llm_slo_events_total"))
    page.with_variable(sources.metric_label_variable("budget", "Budget", "llm_budget_limit_dollars"))
    for annotation in changes.annotations():
        page.annotation(annotation)
    for place, row in _ROWS:
        house.add_row(page, place, row.TITLE, row.panels())
    return page
