"""The page: variables at the top, rows below, and annotations for changes on every graph."""

from grafana.src import changes, house, links, sources
from grafana.src.llm import frame
from grafana.src.slos import budgets, burn, ceilings, compliance
from grafana_foundation_sdk.builders import dashboard

# Alert rules link here: never change it.
UID = links.SLOS
FOLDER = "LLM"
QUESTION = "Are the SLOs met, how fast is each error budget used up, and does the money last?"

# The place of a row is part of its panels' ids: new rows go to the end of this list or take a free place.
_ROWS = ((1, compliance), (2, burn), (3, budgets), (4, ceilings))


def build() -> dashboard.Dashboard:
    """Return the whole dashboard."""
    page = house.page(UID, "SLOs and budgets", QUESTION)
    for variable in (sources.prometheus_variable(), sources.loki_variable()):
        page.with_variable(variable)
    for label, title in (("slo", "SLO"), ("service", "Service"), ("team", "Team")):
        page.with_variable(sources.metric_label_variable(label, title, "llm_slo_events_total"))
    page.with_variable(sources.metric_label_variable("budget", "Budget", "llm_budget_limit_dollars"))
    for annotation in changes.annotations():
        page.annotation(annotation)
    for place, row in _ROWS:
        frame.add_row(page, place, frame.Row(row.TITLE, row.panels(), row.NO_DATA))
    return page
