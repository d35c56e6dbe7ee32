"""The page: what fires now, what fired in the time shown, and whether alerts are known to arrive."""

from grafana.src import changes, house, links, sources
from grafana.src.alerts import causes, delivery, history, now
from grafana.src.llm import frame
from grafana_foundation_sdk.builders import dashboard

# Alert rules link here: never change it.
UID = links.ALERTS
FOLDER = "Watchkeeper"
QUESTION = "What fires, what fired and how often, and would anyone be notified?"


def build() -> dashboard.Dashboard:
    """Return the whole dashboard."""
    page = house.page(UID, "Alerts", QUESTION).time("now-24h", "now")
    for source in (sources.prometheus_variable(), sources.loki_variable()):
        page.with_variable(source)
    page.with_variable(sources.metric_label_variable("service", "Service", "ALERTS"))
    for annotation in changes.annotations():
        page.annotation(annotation)
    for place, row in enumerate((now, history, delivery, causes), start=1):
        frame.add_row(page, place, frame.Row(row.TITLE, row.panels(), row.NO_DATA))
    return page
