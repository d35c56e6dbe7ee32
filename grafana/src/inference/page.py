"""The page and its rows."""

from grafana.src import links
from grafana.src.inference import gpus, latency, load, money, now
from grafana.src.services import frame
from grafana_foundation_sdk.builders import dashboard

# Alert rules link here: never change it.
UID = links.INFERENCE
FOLDER = frame.FOLDER
QUESTION = "Do the inference servers keep up, where do requests wait, and what do their tokens cost?"
_SERVERS = "instance_server:inference_requests_running:sum"

# The place of a row is part of its panels' ids: new rows go to the end of this list or take a free place.
_ROWS = ((5, now), (1, load), (2, latency), (3, gpus), (4, money))


def build() -> dashboard.Dashboard:
    """Return the whole dashboard."""
    return frame.build(UID, "Inference servers", QUESTION, _SERVERS, _ROWS)
