"""Row 1: what fires."""

from collections.abc import Sequence

from grafana.src import house, links, palette, sources
from grafana.src.house import PanelBuilder
from grafana.src.sources import instant, rows
from grafana_foundation_sdk.builders import stat, table

TITLE = "Now"
NO_DATA = "no alert fires; good only while Prometheus evaluates its rules: see Last Watchdog"

# Without those of `make drill`, and without the one that always fires.
FIRING = 'ALERTS{alertstate="firing", alertname!="Watchdog", service!~"drill-.*"}'
# As messages are grouped: an alert about three providers of a service is one.
_GROUP = "severity, alertname, service, team"
GROUPED = f"max by ({_GROUP}) ({FIRING})"
_WATCHDOG = 'count(ALERTS{alertstate="firing", alertname="Watchdog"})'


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right."""
    return (
        *(_firing(severity) for severity in ("critical", "high", "medium", "low")),
        house.number(
            "Longest",
            "How long the oldest alert has been firing. AlertStillFiring escalates high alerts that stay.",
            house.AGE,
            instant(f"time() - min(ALERTS_FOR_STATE and on (alertname, service) {FIRING})"),
        ).no_value("none"),
        house.number_with_thresholds(
            "Last Watchdog",
            "Time since the alert that always fires last reached the exporter through Prometheus and Alertmanager. "
            '"no data" means never since the exporter started: alerts may not be delivered.',
            house.SECONDS,
            instant("time() - max(watchkeeper_watchdog_last_seen_timestamp_seconds > 0)"),
            attention=180,
            bad=360,
        ).data_links([links.to_page("The stack itself", links.STACK)]),
        firing_table().height(9).span(24),
    )


def _firing(severity: str) -> stat.Panel:
    some = f"count({_of_severity(severity)})"
    steps = ((None, palette.NEUTRAL), (0, palette.GOOD), (palette.ABOVE_ZERO, house.SEVERITIES[severity].color))
    panel = house.number(
        severity.capitalize(),
        f"Alerts of severity {severity} that fire, one for each alert and service; 0 is good. "
        '"no data" means that Prometheus does not evaluate its rules: the Watchdog, which always fires, is missing.',
        house.COUNT,
        instant(f"{some} or 0 * {_WATCHDOG}"),
    )
    return house.with_thresholds(panel, steps)


def _of_severity(severity: str) -> str:
    return f'max by ({_GROUP}) ({FIRING[:-1]}, severity="{severity}"}})'


def firing_table() -> table.Panel:
    """All alerts that fire, the most severe first, each leading to its history and its service."""
    # The order of severities is no order of their names.
    ranked = " or ".join(
        f"{place} * {_of_severity(severity)}"
        for place, severity in enumerate(("low", "medium", "high", "critical"), start=1)
    )
    panel = house.listing(
        "Firing alerts",
        "Alerts of Prometheus that fire, the most severe first; alerts of Loki on log lines are only in the history. "
        "An alert leads to its runbook. Alerts of drills are left out.",
        rows(f"sort_desc({ranked})"),
        {"severity": "severity", "alertname": "alert", "service": "service", "team": "team"},
    ).no_value(NO_DATA)
    panel = house.with_widths(panel, {"severity": 90, "team": 110})
    panel = house.column_with_meanings(panel, "severity", house.SEVERITIES)
    panel = house.column_with_links(panel, "alert", [links.to_runbook_of_column("alert", sources.RUNBOOKS)])
    to_history = links.to_page("History of this service", links.ALERTS, service=links.of_column("service"))
    return house.column_with_links(
        panel,
        "service",
        [links.to_page("Overview of this service", links.OVERVIEW, service=links.of_column("service")), to_history],
    )
