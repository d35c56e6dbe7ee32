"""Row 1: the values to read first, each leading to the page that explains it."""

from collections.abc import Sequence

from grafana.src import house, links
from grafana.src.alerts.now import GROUPED
from grafana.src.house import Meaning, PanelBuilder
from grafana.src.llm.queries import DURATION, recent_quantile
from grafana.src.llm_overview.filters import CALLS, OWNED, part_or_zero, ratio
from grafana.src.sources import instant

TITLE = "Is something wrong?"
NO_DATA = "no model calls in the time shown: docs/how-to/connect-an-app.md connects an application"

_WATCHDOG = 'count(ALERTS{alertstate="firing", alertname="Watchdog"})'
_CALL_RATE = f"sum(service_model:llm_requests:rate5m{{{CALLS}}})"
_ERRORS = ratio(f"sum(service_model:llm_request_errors:rate5m{{{CALLS}}})", _CALL_RATE)
_P95 = recent_quantile(0.95, DURATION)
_UNPRICED = part_or_zero(
    'sum(increase(llm_unpriced_requests_total{model=~"$model"}[$__range] anchored))',
    'sum(increase(llm_requests_total{model=~"$model"}[$__range] anchored))',
)
_LIMITED = ratio(
    f'sum(increase(llm_requests_total{{{CALLS}, status="rate_limited"}}[15m]))',
    f"sum(increase(llm_requests_total{{{CALLS}}}[15m]))",
)
_WINDOW = f"histogram_quantile(0.95, sum by (le) (increase(llm_context_window_ratio_bucket{{{CALLS}}}[1h]))) >= 0"
# 2 when critical alerts have a receiver, and 1 more when high ones have one.
_RECEIVERS = """\
2 * max(watchkeeper_receiver_configured{receiver="critical"}) + max(watchkeeper_receiver_configured{receiver="high"})"""
_GATES = f"sum(increase(llm_quality_gate_total{{{OWNED}}}[1h]))"


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right, row by row."""
    return (*_signals(), *_limits())


def _signals() -> Sequence[PanelBuilder]:
    return (
        house.wanted_zero(
            "Alerts firing",
            "Alerts of Prometheus that fire now, regardless of the filters and without those of drills; 0 is good. "
            '"no data" means that alert rules are not being evaluated: the Watchdog, which always fires, is missing.',
            house.COUNT,
            instant(f"count({GROUPED}) or 0 * {_WATCHDOG}"),
        ).data_links([links.to_page("Alerts", links.ALERTS)]),
        house.with_thresholds(
            house.number(
                "Error rate",
                "Share of model calls in the last 5 minutes that ended in an error, a rate limit or a timeout. "
                'Below 1 % is normal; LLMErrorRateHigh fires at its threshold in watchkeeper.yml. "no data": no calls.',
                house.RATIO,
                instant(_ERRORS),
            ),
            house.FAILING,
        ).data_links([links.to_page("Errors", links.ERRORS, carry=links.CHOSEN)]),
        house.number(
            "Latency (p95)",
            "p95 latency of the model calls of the last 5 minutes. "
            "Good or bad depends on the application; LLMLatencyHigh fires at its threshold in watchkeeper.yml.",
            house.SECONDS,
            instant(_P95),
        ).data_links([links.to_page("Latency", links.LATENCY, carry=links.CHOSEN)]),
        house.number(
            "Calls/s",
            "Model calls per second, over 5 minutes. LLMTrafficStopped fires when a service falls silent.",
            house.REQUESTS_PER_SECOND,
            instant(_CALL_RATE),
        ).data_links([links.to_page("Tokens and usage", links.TOKENS, carry=links.CHOSEN)]),
        *_money_and_people(),
    )


def _money_and_people() -> Sequence[PanelBuilder]:
    return (
        house.number(
            "Cost today",
            "US dollars since midnight in your time zone, exactly; calls without a price are not included.",
            house.DOLLARS,
            instant(f"sum(increase(llm_cost_dollars_total{{{CALLS}}}[$__range] anchored))"),
        )
        .time_from("now/d")
        .hide_time_override(hide_time_override=True)
        .data_links([links.to_page("Cost", links.COST, carry=links.CHOSEN)]),
        house.answer(
            "Notifications",
            "Whether critical and high alerts have a configured receiver: Slack, PagerDuty or mail; docs/how-to shows "
            'how to connect one. "no data" means that the exporter does not answer.',
            instant(_RECEIVERS),
            {
                0: Meaning.bad("none"),
                1: Meaning.doubtful("not critical"),
                2: Meaning.doubtful("not high"),
                3: Meaning("configured"),
            },
        ).data_links([links.to_page("Alerts", links.ALERTS)]),
    )


def _limits() -> Sequence[PanelBuilder]:
    return (
        house.with_thresholds(
            house.number(
                "Rate-limited",
                "Share of the calls of the last 15 minutes that the provider rate-limited (429). LLMRateLimited fires "
                "at its threshold.",
                house.RATIO,
                instant(_LIMITED),
            ),
            house.FAILING,
        ).data_links([links.to_page("Errors", links.ERRORS, carry=links.CHOSEN)]),
        house.with_thresholds(
            house.number(
                "Context used",
                "p95 of the input tokens over the model's context window in the last hour. Near 100 % calls fail or "
                "lose the beginning; LLMContextWindowNearlyFull fires before.",
                house.RATIO,
                instant(_WINDOW),
            ),
            house.USED,
        ).data_links([links.to_page("Tokens and usage", links.TOKENS, carry=links.CHOSEN)]),
        *_budgets_and_gates(),
    )


def _budgets_and_gates() -> Sequence[PanelBuilder]:
    return (
        house.with_thresholds(
            house.number(
                "Budget used",
                "The highest usage of a budget in its current period, regardless of the filters. LLMBudgetUsed fires "
                "from 50 % on.",
                house.RATIO,
                instant("max(budget_period:llm_budget_used:ratio)"),
            ).no_value("no budget"),
            house.USED,
        ).data_links([links.to_page("SLOs and budgets", links.SLOS)]),
        house.with_thresholds(
            house.number(
                "Gates failed",
                "Share of passes through quality gates in the last hour that failed. LLMQualityGateFailing fires at "
                "its threshold.",
                house.RATIO,
                instant(ratio(f'sum(increase(llm_quality_gate_total{{{OWNED}, result!="passed"}}[1h]))', _GATES)),
            ).no_value("no gates"),
            house.FAILING,
        ).data_links([links.to_page("Quality", links.QUALITY, carry=links.OWNER)]),
        *_missing(),
    )


def _missing() -> Sequence[PanelBuilder]:
    return (
        house.wanted_zero(
            "Unpriced calls",
            "Calls in the time shown without a known price: they are missing from all cost totals; 0 is good. "
            "The page about cost names the models. It counts all services and teams.",
            house.COUNT,
            instant(_UNPRICED),
        ).data_links([links.to_page("Cost", links.COST, carry=links.CHOSEN)]),
        house.wanted_zero(
            "Targets down",
            "Targets that Prometheus cannot scrape, regardless of the filters; 0 is good. "
            "The metrics of a target that is down are missing from every panel.",
            house.COUNT,
            instant("count(up == 0) or 0 * count(up)"),
        ).data_links([links.to_page("The stack itself", links.STACK)]),
    )
