"""Row 6: what fires now and what fired before."""

from collections.abc import Sequence

from grafana.src import house
from grafana.src.house import PanelBuilder
from grafana.src.sources import lines, rows

TITLE = "Alerts"

_FIRING = 'ALERTS{alertstate="firing", alertname!="Watchdog"}'
_PROVEN = """\
time() - max by (alertname, severity) (\
last_over_time(watchkeeper_drill_timestamp_seconds{stage="resolved"}[30d]))"""
_HISTORY = """\
{event=~"alert_fired|alert_resolved"} \
| json alertname="alertname", severity="severity", summary="summary" \
| alertname !~ `Watchdog|LokiWatchdog` \
| line_format `{{ if eq .event "alert_fired" }}FIRED   {{ else }}resolved{{ end }} \
{{.severity}} {{.alertname}} {{.service}}: {{.summary}}`"""


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right."""
    return (
        house.listing(
            "What fires now?",
            "Alerts of Prometheus that fire, whatever is chosen above; those that Loki raises "
            "from log lines are only in the history beside. The runbook of an alert is at /runbooks/ of the exporter. "
            'An empty list is good only while "Alerts firing" at the top shows 0.',
            rows(f"max by (severity, alertname, service, team) ({_FIRING})"),
            {"severity": "severity", "alertname": "alert", "service": "service", "team": "team"},
        ).height(10),
        house.log_lines(
            "What fired before?",
            "Alerts that fired or ended in the time shown, as Alertmanager told the exporter. "
            "Silenced and inhibited alerts are not told and not here.",
            lines(_HISTORY),
        ).span(16),
        house.listing(
            "When was each alert last proven?",
            "How long ago a drill (`make drill`) of the alert came all the way to its receiver and back. "
            "An alert that is not here was not drilled in the last 30 days.",
            rows(_PROVEN),
            {"alertname": "alert", "severity": "severity", "Value": "ago"},
        ).unit(house.SECONDS),
    )
