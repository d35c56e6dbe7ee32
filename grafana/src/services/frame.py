"""What pages about scraped services have alike: variables at the top, rows below, annotations for changes."""

from collections.abc import Iterable
from types import ModuleType

from grafana.src import changes, house, sources
from grafana.src.llm import frame
from grafana_foundation_sdk.builders import dashboard

FOLDER = "Services"


def build(
    uid: str, title: str, question: str, scraped: str, rows: Iterable[tuple[int, ModuleType]]
) -> dashboard.Dashboard:
    """Return the whole dashboard; the services to choose from are those of the metric ``scraped``.

    A row is a module with TITLE, NO_DATA and panels(); its place is part of its panels' ids.
    """
    page = house.page(uid, title, question)
    for variable in (sources.prometheus_variable(), sources.loki_variable()):
        page.with_variable(variable)
    page.with_variable(sources.metric_label_variable("service", "Service", scraped))
    for annotation in changes.annotations():
        page.annotation(annotation)
    for place, row in rows:
        frame.add_row(page, place, frame.Row(row.TITLE, row.panels(), row.NO_DATA))
    return page
