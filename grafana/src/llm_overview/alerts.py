"""Row 6: firing alerts and alert history."""

from collections.abc import Sequence

from grafana.src import house
from grafana.src.house import PanelBuilder
from grafana.src.sources import lines, rows

TITLE = "Alerts"

_FIRING = 'ALERTS{alertstate="firing", alertname!="Watchdog"}'
_DRILLED = """\
time() - max by (alertname, severity) (\
last_over_time(watchkeeper_drill_timestamp_seconds{stage="resolved"}[30d]))"""
_HISTORY = """\
{event=~"alert_fired|alert_resolved"} \
| json alertname="alertname", severity="severity", summary="summary" \
| alertname !~ `Watchdog|LokiWatchdog` \
| line_format `{{ if eq .event "alert_fired" }}FIRED   {{ else }}resolved{{ end }} \
{{.severity}} {{.alertname}} {{.service}}: {{.summary}}`"""


_EXPLAINED = 'max by (alert, service, explanation) (llm_change_explanation_info{service=~"$service"})'
_CAUSES = 'sort_desc(max by (alert, service, cause) (llm_change_cause_ratio{service=~"$service"}))'


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right."""
    return (
        house.listing(
            "Firing alerts",
            "Alerts of Prometheus that fire, regardless of the filters; log-based alerts of Loki "
            "are only in the history beside. The runbook of an alert is at /runbooks/ of the exporter. "
            'An empty list is good only while "Alerts firing" at the top shows 0.',
            rows(f"max by (severity, alertname, service, team) ({_FIRING})"),
            {"severity": "severity", "alertname": "alert", "service": "service", "team": "team"},
        ).height(10),
        house.log_lines(
            "Alert history",
            "Alerts that fired or resolved in the time shown, as sent to the exporter by Alertmanager. "
            "Silenced and inhibited alerts are not sent and not listed.",
            lines(_HISTORY),
        ).span(16),
        house.listing(
            "Last successful drill of each alert",
            "Time since the last drill (`make drill`) of the alert that reached its receiver and resolved. "
            "Alerts that are not listed had no drill in the last 30 days.",
            rows(_DRILLED),
            {"alertname": "alert", "severity": "severity", "Value": "ago"},
        ).unit(house.SECONDS),
        house.listing(
            "Why did it move?",
            "One line for each active alert about cost, tokens, latency, errors, quality or reviews: the largest "
            "causes of the change with their shares, and how sure that is. `watchkeeper explain` shows all causes. "
            "An empty list means that no such alert is active, or that the analyzer does not run.",
            rows(_EXPLAINED),
            {"service": "service", "alert": "alert", "explanation": "explanation"},
        ).span(16),
        house.listing(
            "Share of the largest causes",
            "What share of the change each cause has; below zero what held against it. Shares can exceed 100 % then.",
            rows(_CAUSES),
            {"service": "service", "alert": "alert", "cause": "cause", "Value": "share"},
        ).unit(house.RATIO),
    )
