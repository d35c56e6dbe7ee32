"""Annotations on every graph of a page: changes, and prices and alerts for those who switch them on."""

from collections.abc import Sequence

from grafana.src import sources
from grafana_foundation_sdk.builders import dashboard

_CHANGES = "deployment_recorded|prompt_version_seen|model_seen"
_ALERTS = "alert_fired|alert_resolved"
# What a title shows must be there: Grafana writes the name of a label that is not.
_WHO = (
    ', label="label", action="action", author="author" | label_format what=`{{.kind}} {{.name}} {{.version}}'
    "{{if .label}} ({{.label}}){{end}}{{if .action}} {{.action}}{{end}}{{if .author}} by {{.author}}{{end}}`"
)


def annotations() -> Sequence[dashboard.AnnotationQuery]:
    """Return the annotation queries of a page with a variable "service"."""
    return _annotations(', service=~"$service"', ', service=~"$service|watchkeeper.*"')


def annotations_of_all() -> Sequence[dashboard.AnnotationQuery]:
    """Return those of a page that is about no single service, as canaries are."""
    return _annotations("", "")


def annotations_of_the_stack() -> Sequence[dashboard.AnnotationQuery]:
    """Return those of a page about the stack itself, which lets no one choose a service."""
    return _annotations("", ', service=~"watchkeeper.*"')


def _annotations(changed: str, alerting: str) -> Sequence[dashboard.AnnotationQuery]:
    """Only changes are on: an incident has dozens of alerts, and its graphs are what is to be seen."""
    change = '| json kind="kind", name="name", version="version"'
    return (
        _from_lines("Changes", "blue", f'{{event=~"{_CHANGES}"{changed}}} {change}{_WHO}', "{{event}}: {{what}}"),
        _from_lines("Prices", "purple", f'{{event="prices_changed"}} {change}', "prices: {{version}}").enable(
            enable=False
        ),
        _from_lines(
            "Alerts",
            "red",
            f'{{event=~"{_ALERTS}"{alerting}}} '
            '| json alertname="alertname", severity="severity" | alertname !~ `Watchdog|LokiWatchdog`',
            "{{event}}: {{alertname}} ({{severity}})",
        ).enable(enable=False),
    )


def _from_lines(name: str, color: str, query: str, title: str) -> dashboard.AnnotationQuery:
    annotation = dashboard.AnnotationQuery().name(name).datasource(sources.LOKI).enable(enable=True)
    return annotation.icon_color(color).expr(query).title_format(title).text_format("{{service}}")
