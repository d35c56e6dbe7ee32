"""Row 2: what fired, from the log lines that the exporter writes when Alertmanager reports it."""

from collections.abc import Sequence

from grafana.src import house, palette
from grafana.src.house import PanelBuilder
from grafana.src.sources import line_series, line_value, lines
from grafana_foundation_sdk.builders import table
from grafana_foundation_sdk.models.common import GraphDrawStyle

TITLE = "History"
NO_DATA = "no alert fired in the time shown; the history is of alerts that Alertmanager sent to the exporter"

_NOT_WATCHDOG = "| alertname !~ `Watchdog|LokiWatchdog`"
_PARTS = '| json alertname="alertname", severity="severity", summary="summary"'
FIRED = f'{{event="alert_fired", service=~"$service|"}} {_PARTS} {_NOT_WATCHDOG}'
_BOTH = f'{{event=~"alert_fired|alert_resolved", service=~"$service|"}} {_PARTS} {_NOT_WATCHDOG}'
_RESOLVED = _BOTH.replace("alert_fired|alert_resolved", "alert_resolved")
# Both ends are on the line of the end, as times of RFC 3339.
_TIME = '(toDate "2006-01-02T15:04:05.999999999Z07:00" .{} | unixEpoch | int)'
_TOOK = (
    '| json started="started_at", ended="ended_at" | started!=`` | ended!=`` '
    f"| label_format took=`{{{{ sub {_TIME.format('ended')} {_TIME.format('started')} }}}}` | unwrap took [$__range]"
)
_LINE = (
    '| line_format `{{ if eq .event "alert_fired" }}FIRED   {{ else }}resolved{{ end }} '
    "{{.severity}} {{.alertname}} {{.service}}{{ if .provider }} {{.provider}}{{ end }}: {{.summary}}`"
)


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right, row by row."""
    by_severity = house.stacked_graph(
        "Fired by severity",
        "Alerts that fired, by severity, in each step of the graph.",
        house.COUNT,
        [line_series(f"sum by (severity) (count_over_time({FIRED} [$__auto]))", "{{severity}}")],
    )
    by_severity = by_severity.interval("10m").draw_style(GraphDrawStyle.BARS).fill_opacity(80)
    for severity, meaning in palette.SEVERITIES.items():
        by_severity = by_severity.override_by_name(severity, [palette.fixed(meaning.color)])
    return (
        *_numbers(),
        house.from_lines(by_severity).span(6),
        _count(
            "Noisiest alerts",
            "How often each alert fired in the time shown. One at the top that no one acts on needs another threshold: "
            "docs/how-to/tune-a-noisy-alert.md.",
            {"alertname": "alert", "Value": "fired"},
        ).span(6),
        _count(
            "By service",
            "How often alerts fired for each service in the time shown.",
            {"service": "service", "Value": "fired"},
        ).span(6),
        _count(
            "By team",
            "How often alerts fired for each team in the time shown.",
            {"team": "team", "Value": "fired"},
        ).span(6),
        house.log_lines(
            "Alert history",
            "Alerts that fired or resolved in the time shown, as sent to the exporter by Alertmanager. "
            "Silenced and inhibited alerts are not sent and not listed.",
            lines(f"{_BOTH} {_LINE}"),
        ),
    )


def _numbers() -> Sequence[PanelBuilder]:
    return (
        house.from_lines(
            house.number(
                "Fired",
                "How often alerts fired in the time shown, those of drills left out.",
                house.COUNT,
                line_value(f"sum(count_over_time({FIRED} [$__range]))"),
            ).no_value("none")
        ).span(8),
        house.from_lines(
            house.number(
                "Resolved",
                "How often alerts resolved in the time shown. Fewer than fired: some still fire.",
                house.COUNT,
                line_value(f"sum(count_over_time({_RESOLVED} [$__range]))"),
            ).no_value("none")
        ).span(8),
        house.from_lines(
            house.number(
                "Mean time to resolve",
                "From the start to the end of the alerts that resolved in the time shown, on average.",
                house.AGE,
                line_value(f"avg(avg_over_time({_RESOLVED} {_TOOK}))"),
            ).no_value("none")
        ).span(8),
    )


def _count(title: str, description: str, columns: dict[str, str]) -> table.Panel:
    label = next(iter(columns))
    query = line_value(f"topk(20, sum by ({label}) (count_over_time({FIRED} [$__range])))")
    listed = house.from_lines(house.listing(title, description, query, columns))
    # The longest name of an alert needs what a number of two digits leaves.
    return house.largest_first(house.with_widths(listed, {columns["Value"]: 75}), columns["Value"])
