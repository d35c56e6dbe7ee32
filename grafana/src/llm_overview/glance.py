"""Row 1: the six numbers to read first, and whether anybody would hear of an alert."""

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
# 2 when somebody hears of critical alerts, and 1 more when somebody hears of high ones.
_TOLD = """\
2 * max(watchkeeper_receiver_configured{receiver="critical"}) + max(watchkeeper_receiver_configured{receiver="high"})"""


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right."""
    return (*_now(), *_trust())


def _now() -> Sequence[PanelBuilder]:
    return (
        house.wanted_zero(
            "Alerts firing",
            "Alerts of Prometheus that fire now, whatever is chosen above; 0 is good. "
            '"no data" means that alert rules are not being evaluated: the Watchdog, which always fires, is missing.',
            house.COUNT,
            instant(_FIRING),
        ),
        house.judged_number(
            "Calls that fail",
            "Share of model calls in the last 5 minutes that ended in an error, a rate limit or a timeout. "
            'Below 1 % is usual; the alert fires at the limit in watchkeeper.yml. "no data" means no calls.',
            house.RATIO,
            instant(_ERRORS),
            attention=0.01,
            bad=0.05,
        ),
        house.number(
            "Slow calls (p95)",
            "One call in twenty of the last 5 minutes took longer than this. "
            "Good or bad depends on the application; the alert fires at the limit in watchkeeper.yml.",
            house.SECONDS,
            instant(_P95),
        ),
        house.number(
            "Spent in the last hour",
            "US dollars. Compare with the usual hour in the row about money. Calls without a price are not in it.",
            house.DOLLARS,
            instant(f"sum(service_model:llm_cost_dollars:increase1h{{{CALLS}}})"),
        ),
    )


def _trust() -> Sequence[PanelBuilder]:
    return (
        house.wanted_zero(
            "Calls without a price",
            "Calls in the time shown that nobody could price, so every sum of cost is too small by them; 0 is good. "
            "The table in the row about money names the models. It counts all services and teams.",
            house.COUNT,
            instant(_UNPRICED),
        ),
        house.wanted_zero(
            "Targets down",
            "Programs that Prometheus cannot scrape, whatever is chosen above; 0 is good. "
            "What a target that is down would tell is missing from every panel.",
            house.COUNT,
            instant("count(up == 0) or 0 * count(up)"),
        ),
        house.answer(
            "Would anybody be told?",
            "Whether critical and high alerts have a receiver that works: Slack, PagerDuty or mail. "
            '"Which receivers are off?" in the row about the pipeline names each, docs/how-to how to connect it. '
            '"no data" means that the exporter does not answer.',
            instant(_TOLD),
            {
                0: Meaning.bad("NOBODY would be told of an alert: connect Slack, PagerDuty or mail"),
                1: Meaning.doubtful("High alerts reach somebody, critical ones nobody"),
                2: Meaning.doubtful("Critical alerts reach somebody, high ones nobody for half an hour"),
                3: Meaning("yes"),
            },
        ),
    )
