"""The page: variables at the top, rows below, and annotations for changes on every graph."""

from grafana.src import changes, house, links
from grafana.src.llm import frame
from grafana.src.llm_overview import behaviour, fleet, glance, health, news
from grafana_foundation_sdk.builders import dashboard

# Alert rules and how-tos link here: never change it.
UID = links.OVERVIEW
FOLDER = frame.FOLDER
QUESTION = "Are model calls well, what do they cost, and if something is wrong, which page to open?"

# The place of a row is part of its panels' ids: new rows go to the end of this list or take a free place.
_ROWS = ((1, glance), (2, health), (3, fleet), (4, news), (9, behaviour))


def build() -> dashboard.Dashboard:
    """Return the whole dashboard."""
    page = house.page(UID, "LLM overview", QUESTION)
    frame.add_variables(page)
    for annotation in changes.annotations():
        page.annotation(annotation)
    for place, row in _ROWS:
        frame.add_row(page, place, frame.Row(row.TITLE, row.panels(), row.NO_DATA))
    return page
