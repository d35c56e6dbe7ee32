"""The page and its rows."""

from grafana.src import links
from grafana.src.services import dependencies, frame, machines, requests
from grafana_foundation_sdk.builders import dashboard

# Alert rules link here: never change it.
UID = links.SERVICES
FOLDER = frame.FOLDER
QUESTION = "Are the services around the models well, and their databases, caches and machines?"

# The place of a row is part of its panels' ids: new rows go to the end of this list or take a free place.
_ROWS = ((1, requests), (2, dependencies), (3, machines))


def build() -> dashboard.Dashboard:
    """Return the whole dashboard."""
    return frame.build(UID, "Services and hosts", QUESTION, "up", _ROWS)
