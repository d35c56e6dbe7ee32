"""The page: variables at the top, rows below, and annotations for changes on every graph."""

from grafana.src import changes, house, sources
from grafana.src.canaries import answers, judges, retrieval
from grafana_foundation_sdk.builders import dashboard

# Alert rules link here: never change it.
UID = "llm-canaries"
FOLDER = "LLM"

# The place of a row is part of its panels' ids: new rows go to the end of this list or take a free place.
_ROWS = ((1, answers), (2, retrieval), (3, judges))


def build() -> dashboard.Dashboard:
    """Return the whole dashboard."""
    about = "Fixed questions with known answers, golden retrieval queries, and judges that score answers."
    page = house.page(UID, "Quality and canaries", about)
    for variable in (sources.prometheus_variable(), sources.loki_variable()):
        page.with_variable(variable)
    for label, title in (("canary", "Canary"), ("target", "Target")):
        page.with_variable(sources.metric_label_variable(label, title, "llm_canary_interval_seconds"))
    page.with_variable(sources.metric_label_variable("evaluator", "Evaluator", "llm_judge_agreement_score"))
    for annotation in changes.annotations():
        page.annotation(annotation)
    for place, row in _ROWS:
        house.add_row(page, place, row.TITLE, row.panels())
    return page
