"""Row 1: the six values to read first, and whether notifications are configured."""

from collections.abc import Sequence

from grafana.src import house
from grafana.src.house import Meaning, PanelBuilder
from grafana.src.llm_overview.filters import CALLS, part_or_zero, ratio
from grafana.src.sources import instant

TITLE = "Is something wrong?"

_FIRING = 'count(ALERTS{alertstate="firing"}) - count(ALERTS{alertstate="firing", alertname="Watchdog"})'
_ERRORS = ratio(
    f"sum(service_model:llm_request_errors:rate5m{{{CALLS}}})", f"sum(service_model:llm_requests:rate5m{{{CALLS}}})"
)
_P95 = f"histogram_quantile(0.95, sum by (le) (rate(llm_request_duration_seconds_bucket{{{CALLS}}}[5m]))) >= 0"
_UNPRICED = part_or_zero(
    'sum(increase(llm_unpriced_requests_total{model=~"$model"}[$__range] anchored))',
    'sum(increase(llm_requests_total{model=~"$model"}[$__range] anchored))',
)
# 2 when critical alerts have a receiver, and 1 more when high ones have one.
_RECEIVERS = """\
2 * max(watchkeeper_receiver_configured{receiver="critical"}) + max(watchkeeper_receiver_configured{receiver="high"})"""


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right."""
    return (*_now(), *_trust())


def _now() -> Sequence[PanelBuilder]:
    return (
        house.wanted_zero(
            "Alerts firing",
            "Alerts of Prometheus that fire now, regardless of the filters; 0 is good. "
            '"no data" means that alert rules are not being evaluated: the Watchdog, which always fires, is missing.',
            house.COUNT,
            instant(_FIRING),
        ),
        house.number_with_thresholds(
            "Error rate",
            "Share of model calls in the last 5 minutes that ended in an error, a rate limit or a timeout. "
            'Below 1 % is normal; the alert fires at the threshold in watchkeeper.yml. "no data" means no calls.',
            house.RATIO,
            instant(_ERRORS),
            attention=0.01,
            bad=0.05,
        ),
        house.number(
            "Latency (p95)",
            "p95 latency of the model calls of the last 5 minutes. "
            "Good or bad depends on the application; the alert fires at the threshold in watchkeeper.yml.",
            house.SECONDS,
            instant(_P95),
        ),
        house.number(
            "Cost in the last hour",
            "US dollars. Compare with the average hour in the row Cost. Calls without a price are not included.",
            house.DOLLARS,
            instant(f"sum(service_model:llm_cost_dollars:increase1h{{{CALLS}}})"),
        ),
    )


def _trust() -> Sequence[PanelBuilder]:
    return (
        house.wanted_zero(
            "Calls without a price",
            "Calls in the time shown without a known price: they are missing from all cost totals; 0 is good. "
            "The table in the row Cost names the models. It counts all services and teams.",
            house.COUNT,
            instant(_UNPRICED),
        ),
        house.wanted_zero(
            "Targets down",
            "Targets that Prometheus cannot scrape, regardless of the filters; 0 is good. "
            "The metrics of a target that is down are missing from every panel.",
            house.COUNT,
            instant("count(up == 0) or 0 * count(up)"),
        ),
        house.answer(
            "Notifications",
            "Whether critical and high alerts have a configured receiver: Slack, PagerDuty or mail. "
            '"Receivers not configured" in the row about the pipeline lists them, docs/how-to shows how to connect. '
            '"no data" means that the exporter does not answer.',
            instant(_RECEIVERS),
            {
                0: Meaning.bad("No notification channel configured: connect Slack, PagerDuty or mail"),
                1: Meaning.doubtful("No receiver configured for critical alerts"),
                2: Meaning.doubtful(
                    "No receiver configured for high alerts; they notify only once escalated to critical"
                ),
                3: Meaning("configured"),
            },
        ),
    )
