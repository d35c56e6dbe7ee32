"""Row 3: whether alerts are known to arrive."""

from collections.abc import Sequence

from grafana.src import house
from grafana.src.house import PanelBuilder
from grafana.src.sources import rows

TITLE = "Would anyone be notified?"
NO_DATA = "no receiver reported: the exporter does not answer"

_DRILLED = """\
time() - max by (alertname, severity) (\
last_over_time(watchkeeper_drill_timestamp_seconds{stage="resolved"}[30d]))"""


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right."""
    receivers = house.listing(
        "Receivers",
        "Whether each receiver is configured. One without its secret sends no notifications; docs/how-to shows how to "
        "connect Slack, PagerDuty and mail.",
        rows("sort(max by (receiver, integration) (watchkeeper_receiver_configured))"),
        {"receiver": "receiver", "Value": "configured", "integration": "integration"},
    )
    states = {"0": house.Meaning.bad("no"), "1": house.Meaning("yes", "green")}
    return (
        house.column_with_meanings(receivers, "configured", states).span(12),
        house.column_with_unit(
            house.listing(
                "Last successful drill",
                "Time since the last drill (`make drill`) of the alert that reached its receiver and resolved. "
                "Alerts that are not listed had no drill in the last 30 days.",
                rows(_DRILLED),
                {"alertname": "alert", "Value": "ago", "severity": "severity"},
            ).no_value("no drill in the last 30 days: make drill ALERT=LLMErrorRateHigh proves that one arrives"),
            "ago",
            house.AGE,
        ).span(12),
    )
