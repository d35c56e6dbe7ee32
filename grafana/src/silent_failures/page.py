"""The page: variables at the top, rows below, and annotations for changes on every graph."""

from grafana.src import changes, house, links, sources
from grafana.src.llm import frame
from grafana.src.silent_failures import evaluated, failures, runs
from grafana_foundation_sdk.builders import dashboard

# Alert rules link here: never change it.
UID = links.SILENT_FAILURES
FOLDER = "LLM"
QUESTION = "Which runs go wrong although nothing fails, and what do contracts say of them?"
_NO_DATA = "no runs evaluated in the time shown, or none of this kind: contracts are in watchkeeper.yml"

# The place of a row is part of its panels' ids: new rows go to the end of this list or take a free place.
_ROWS = ((1, failures), (2, evaluated), (3, runs))


def build() -> dashboard.Dashboard:
    """Return the whole dashboard."""
    page = house.page(UID, "Silent failures", QUESTION)
    for variable in (sources.prometheus_variable(), sources.loki_variable()):
        page.with_variable(variable)
    for label, title in (("service", "Service"), ("team", "Team"), ("agent", "Agent")):
        page.with_variable(sources.metric_label_variable(label, title, "llm_agent_steps_count"))
    for annotation in changes.annotations():
        page.annotation(annotation)
    for place, row in _ROWS:
        frame.add_row(page, place, frame.Row(row.TITLE, row.panels(), _NO_DATA))
    return page
