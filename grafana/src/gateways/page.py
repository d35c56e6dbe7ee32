"""The page and its rows."""

from grafana.src import links
from grafana.src.gateways import deployments, money, now, requests
from grafana.src.services import frame
from grafana_foundation_sdk.builders import dashboard

# Alert rules link here: never change it.
UID = links.GATEWAYS
FOLDER = frame.FOLDER
QUESTION = "Do the gateways answer, which deployments fail them, and is their spend counted?"
_GATEWAYS = "service_requested:gateway_requests:increase10m"

# The place of a row is part of its panels' ids: new rows go to the end of this list or take a free place.
_ROWS = ((1, now), (2, requests), (3, deployments), (4, money))


def build() -> dashboard.Dashboard:
    """Return the whole dashboard."""
    return frame.build(UID, "Gateways", QUESTION, _GATEWAYS, _ROWS)
