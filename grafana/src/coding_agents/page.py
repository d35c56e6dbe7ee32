"""The page: variables at the top, rows below, and annotations for changes on every graph."""

from grafana.src import changes, house, links, sources
from grafana.src.coding_agents import produced, quotas, spend, work
from grafana.src.llm import frame
from grafana_foundation_sdk.builders import dashboard

# Alert rules link here: never change it.
UID = links.CODING_AGENTS
FOLDER = "LLM"
QUESTION = "What do coding agents cost whom, what do people let them do, and how much of each quota is used?"

# The place of a row is part of its panels' ids: new rows go to the end of this list or take a free place.
_ROWS = ((1, spend), (2, work), (4, produced), (3, quotas))


def build() -> dashboard.Dashboard:
    """Return the whole dashboard."""
    page = house.page(UID, "Coding agents", QUESTION)
    for variable in (sources.prometheus_variable(), sources.loki_variable()):
        page.with_variable(variable)
    for label, title in (("service", "Service"), ("team", "Team"), ("agent", "Agent")):
        page.with_variable(sources.metric_label_variable(label, title, "llm_coding_agent_requests_total"))
    for annotation in changes.annotations():
        page.annotation(annotation)
    for place, row in _ROWS:
        frame.add_row(page, place, frame.Row(row.TITLE, row.panels(), row.NO_DATA))
    return page
