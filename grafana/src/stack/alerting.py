"""Row 2: whether alerts come through."""

from collections.abc import Sequence

from grafana.src import house
from grafana.src.house import PanelBuilder
from grafana.src.sources import instant, series

TITLE = "Do alerts come through?"


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right, row by row."""
    return (*_deliveries(), *_rules())


def _deliveries() -> Sequence[PanelBuilder]:
    return (
        house.number(
            "Alertmanagers that Prometheus knows",
            "Where Prometheus sends alerts. 0 means nowhere: PrometheusNotConnectedToAlertmanager fires, and only the "
            "missing Watchdog tells anybody.",
            house.COUNT,
            instant("min(prometheus_notifications_alertmanagers_discovered)"),
        )
        .height(8)
        .span(3),
        house.graph(
            "How many messages fail?",
            "Share of Alertmanager's messages that did not reach their receivers, by kind; above 1 % "
            "AlertmanagerNotificationsFailing fires and takes another way. A gap means that none was sent.",
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
            "How many alerts get lost before Alertmanager?",
            "Alerts per second that Prometheus or Loki could not hand over; 0 is good. Above 1 % of all alerts "
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
            "Which rules fail, or come too late?",
            "Evaluations in 15 minutes that failed, and rounds that were left out because the one before had not "
            "ended; 0 is good.",
            house.COUNT,
            [
                series(
                    "sum by (rule_group) (increase(prometheus_rule_evaluation_failures_total[15m])) > 0",
                    "failed: {{rule_group}}",
                ),
                series(
                    "sum by (rule_group) (increase(prometheus_rule_group_iterations_missed_total[15m])) > 0",
                    "missed: {{rule_group}}",
                ),
                series(
                    "sum by (rule_group) (increase(loki_prometheus_rule_evaluation_failures_total[15m])) > 0",
                    "Loki: {{rule_group}}",
                ),
            ],
        ).span(7),
    )
