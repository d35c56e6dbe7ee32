"""Row 2: whether alerts are delivered."""

from collections.abc import Sequence

from grafana.src import house
from grafana.src.house import PanelBuilder
from grafana.src.sources import instant, series

TITLE = "Alert delivery"


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right, row by row."""
    return (*_deliveries(), *_rules())


def _deliveries() -> Sequence[PanelBuilder]:
    return (
        house.number(
            "Reached",
            "Where Prometheus sends alerts. 0 means nowhere: PrometheusNotConnectedToAlertmanager fires, and only the "
            "missing Watchdog is noticed outside.",
            house.COUNT,
            instant("min(prometheus_notifications_alertmanagers_discovered)"),
        )
        .height(8)
        .span(3),
        house.graph(
            "Failed notifications",
            "Share of Alertmanager's notifications that failed, by integration; above 1 % "
            "AlertmanagerNotificationsFailing fires and is sent through the others. A gap means that none was sent.",
            house.RATIO,
            [
                series(
                    "sum by (integration) (rate(alertmanager_notifications_failed_total[15m])) / "
                    "(sum by (integration) (rate(alertmanager_notifications_total[15m])) > 0)",
                    "{{integration}}",
                )
            ],
        ).span(7),
        house.graph(
            "Alerts lost before Alertmanager",
            "Alerts per second that Prometheus or Loki could not send; 0 is good. Above 1 % of all alerts "
            "PrometheusNotificationsFailing fires.",
            house.PER_SECOND,
            [
                series("sum(rate(prometheus_notifications_errors_total[5m]))", "Prometheus"),
                series("sum(rate(loki_prometheus_notifications_errors_total[5m]))", "Loki"),
            ],
        ).span(7),
    )


def _rules() -> Sequence[PanelBuilder]:
    return (
        house.graph(
            "Failed and missed rule evaluations",
            "Evaluations in 15 minutes that failed, and those skipped because the previous one had not "
            "finished; 0 is good.",
            house.COUNT,
            [
                series(
                    _in_group("prometheus_rule_evaluation_failures_total"),
                    "failed: {{rule_group}}",
                ),
                series(
                    _in_group("prometheus_rule_group_iterations_missed_total"),
                    "missed: {{rule_group}}",
                ),
                series(
                    _in_group("loki_prometheus_rule_evaluation_failures_total"),
                    "Loki: {{rule_group}}",
                ),
            ],
        ).span(7),
    )


def _in_group(metric: str) -> str:
    """Events in 15 minutes by group of rules; the engines write the whole path of its file before the group."""
    events = f"sum by (rule_group) (increase({metric}[15m])) > 0"
    return f'label_replace({events}, "rule_group", "$1", "rule_group", ".*[;/](.+)")'
