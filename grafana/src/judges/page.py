"""The page: variables at the top, one row below, and annotations for changes on every graph."""

from grafana.src import changes, house, links, sources
from grafana.src.judges import work
from grafana.src.llm import frame
from grafana_foundation_sdk.builders import dashboard

# Alert rules link here: never change it.
UID = links.JUDGES
FOLDER = "LLM"
QUESTION = "What do judges say of answers, do they agree, and what do they cost and leave out?"
_NO_DATA = "no judge yet, or no verdict in the time shown: docs/how-to/judge-answers.md"

# The place of a row is part of its panels' ids: new rows go to the end of this list or take a free place.
_ROWS = ((1, work),)


def build() -> dashboard.Dashboard:
    """Return the whole dashboard."""
    page = house.page(UID, "Judges", QUESTION)
    for variable in (sources.prometheus_variable(), sources.loki_variable()):
        page.with_variable(variable)
    page.with_variable(sources.metric_label_variable("service", "Service", "llm_requests_total"))
    page.with_variable(sources.metric_label_variable("evaluator", "Evaluator", "llm_judge_agreement_score"))
    for annotation in changes.annotations():
        page.annotation(annotation)
    for place, row in _ROWS:
        frame.add_row(page, place, frame.Row(row.TITLE, row.panels(), _NO_DATA))
    return page
