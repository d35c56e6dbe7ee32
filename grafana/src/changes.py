"""Annotations on every graph of every dashboard: changes and alerts, from the log lines."""

from collections.abc import Sequence

from grafana.src import sources
from grafana_foundation_sdk.builders import dashboard


def annotations() -> Sequence[dashboard.AnnotationQuery]:
    """Return the annotation queries; prices and alerts about the stack itself belong to no service."""
    change = '| json kind="kind", name="name", version="version"'
    return (
        _from_lines(
            "Changes",
            "blue",
            f'{{event=~"deployment_recorded|prompt_version_seen|model_seen", service=~"$service"}} {change}',
            "{{event}}: {{kind}} {{name}} {{version}}",
        ),
        _from_lines("Prices", "purple", f'{{event="prices_changed"}} {change}', "prices: {{version}}"),
        _from_lines(
            "Alerts",
            "red",
            '{event=~"alert_fired|alert_resolved", service=~"$service|watchkeeper.*"} '
            '| json alertname="alertname", severity="severity" | alertname !~ `Watchdog|LokiWatchdog`',
            "{{event}}: {{alertname}} ({{severity}})",
        ),
    )


def _from_lines(name: str, color: str, query: str, title: str) -> dashboard.AnnotationQuery:
    annotation = dashboard.AnnotationQuery().name(name).datasource(sources.LOKI).enable(enable=True)
    return annotation.icon_color(color).expr(query).title_format(title).text_format("{{service}}")
