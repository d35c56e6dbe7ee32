"""Errors that change nothing anyone could notice, each with its reason."""

from typing import NamedTuple


class Equivalent(NamedTuple):
    """A mutant that no case can fail on: the rule's name (* for many), what became what, and why that is no error."""

    rule: str
    before: str
    after: str
    reason: str


_DRIFT = 'max by (service, feature)(llm_drift_score{method="psi",against=""})'
_DRIFTED = 'max by (service, feature, topic)(llm_drift_verdict{verdict="drifted",against=""})'
_PSI = "service_feature:llm_drift_score:psi{}"
_MOVED = (
    "on (service, feature) group_right (team) max by (service, feature, topic, verdict)"
    '(llm_drift_verdict{verdict=~"drifted|shifting",against=""})'
)
_TEAM = (
    "on (service) group_left (team) topk by (service)"
    "(1, service:llm_cost_dollars:increase1d{} or  service:llm_requests:increase1h{}) * 0"
)

_OUT_OF_LINE = (
    'max by (tenant)((measure_window:llm_usage:last{measure="cost_dollars",tenant!~"default|other|"} > 1) and  '
    "measure_window:llm_usage:last{} > measure_window:llm_usage:usual_high{} and  "
    "(measure_window:llm_usage:last{} / measure_window:llm_usage:usual{} > on () group_left () "
    'max(llm_alert_threshold{alert="LLMSpenderOutOfLine"})))'
)
_MAIN_SERVICE = "on (tenant) group_left (service, team) tenant:llm_main_service:max{}"

_OBJECTIVE = "on (slo, service) group_left (kind) max by (slo, service, kind)(llm_slo_objective_ratio{}) ^ 0"


def _burning(*windows: tuple[str, str, str]) -> str:
    """What either alert on error budgets compares: the burn in a long and a short window, and failures in the long."""
    burn, bad = "service_slo:llm_slo_budget_burn:ratio_rate", "service_slo:llm_slo_bad_events:increase"
    either = " or  ".join(
        f"({burn}{long}{{}} > {most} and  {burn}{short}{{}} > {most} and  {bad}{long}{{}} >= 5)"
        for long, short, most in windows
    )
    return f"({either})"


_BURNING = {
    "LLMErrorBudgetBurnFast": _burning(("1h", "5m", "14.4"), ("6h", "30m", "6")),
    "LLMErrorBudgetBurnSlow": _burning(("1d", "2h", "3"), ("3d", "6h", "1")),
}

EQUIVALENTS = (
    *(
        Equivalent(rule, f"{burn} * {_OBJECTIVE}", f"{burn} / {_OBJECTIVE}", "it is 1: it is there for its label kind")
        for rule, burn in _BURNING.items()
    ),
    Equivalent(
        "service_model:llm_prompt_cache_hit:ratio1d",
        'service_model_type:llm_tokens:increase30m{type="input"}',
        "service_model_type:llm_tokens:increase30m{}",
        "it is one side of a comparison of which the other says input, and both have that label",
    ),
    Equivalent(
        "service_provider_window:llm_request_errors:ratio_low",
        'service_provider_outcome_window:llm_requests:recent{outcome="failed"}',
        "service_provider_outcome_window:llm_requests:recent{}",
        "it is one side of a difference of which the other says failed, and both have that label",
    ),
    *(
        Equivalent(
            "LLMErrorRateHigh",
            f'service_provider_outcome_window:llm_requests:recent{{outcome="any",window="{window}"}}',
            f'service_provider_outcome_window:llm_requests:recent{{window="{window}"}}',
            "it is one side of a comparison of which the other says any, and both have that label",
        )
        for window in ("6h", "1d")
    ),
    Equivalent("Watchdog", "1", "1.5", "it fires at every value, and nobody reads the value"),
    Equivalent("Watchdog", "1", "0.666667", "it fires at every value, and nobody reads the value"),
    Equivalent("LokiCompactorStalled", "0", "2", "no run ended in the first two seconds of 1970"),
    Equivalent("DiskFillsUp", "0", "2", "a byte or two of a whole disk"),
    Equivalent("DiskFillsUp", "0", "-1", "a byte or two of a whole disk"),
    Equivalent("*:p??_rate*m", "0", "-1", "the bound is there to drop NaN; no duration is below 0"),
    Equivalent(
        "LLMSpenderOutOfLine",
        f"{_OUT_OF_LINE} * {_MAIN_SERVICE}",
        f"{_OUT_OF_LINE} / {_MAIN_SERVICE}",
        "it is 1: it is there for its labels service and team",
    ),
    Equivalent(
        "llm_cost_dollars_total",
        "0 * otel:gen_ai_cost_dollars:sum{}",
        "0 / otel:gen_ai_cost_dollars:sum{}",
        "both are 0: a cost of 0 is left out before",
    ),
    Equivalent(
        "budget_period:llm_budget_forecast_dollars:next3d",
        'budget_period:llm_budget_period_spend_dollars:sum{period="month"}',
        "budget_period:llm_budget_period_spend_dollars:sum{}",
        "it is joined with what is known until a period ends, and only months end",
    ),
    Equivalent(
        "provider_model:llm_request_outages:ratio_rate5m",
        "0 * provider_model:llm_requests:increase5m{}",
        "0 / provider_model:llm_requests:increase5m{}",
        "both are 0 but for no calls at all, where the ratio has no sample",
    ),
    Equivalent(
        "service_agent_contract:llm_contract_evaluated:ratio1h",
        "0 * sum by (service, team, agent, contract)(service_agent_contract_result:llm_contract_runs:increase1h{})",
        "0 / sum by (service, team, agent, contract)(service_agent_contract_result:llm_contract_runs:increase1h{})",
        "both are 0 but for no runs at all, where the ratio has no sample",
    ),
    Equivalent(
        "service_cache:cache_hits:ratio_rate15m",
        "0 * service_cache:cache_lookups:rate15m{}",
        "0 / service_cache:cache_lookups:rate15m{}",
        "both are 0 but for no lookups at all, where the ratio has no sample",
    ),
    Equivalent(
        "service_feature:llm_drift_score:psi",
        f"{_DRIFT} + {_TEAM}",
        f"{_DRIFT} - {_TEAM}",
        "what is added is 0: it is there for its label team",
    ),
    Equivalent("service_feature:llm_drift_score:psi", "1", "1.5", "topk takes a whole number"),
    Equivalent(
        "service_feature_topic:llm_drifted:max",
        f"{_DRIFTED} + {_TEAM}",
        f"{_DRIFTED} - {_TEAM}",
        "what is added is 0: it is there for its label team",
    ),
    Equivalent("service_feature_topic:llm_drifted:max", "1", "1.5", "topk takes a whole number"),
    Equivalent(
        "service_feature_verdict:llm_drift_score:psi",
        f"{_PSI} * {_MOVED}",
        f"{_PSI} / {_MOVED}",
        "a verdict is always 1",
    ),
    Equivalent(
        "measure_window:llm_usage:usual",
        'measure_window:llm_usage:same_hours{window="1h"}',
        "measure_window:llm_usage:same_hours{}",
        "a day is more than its 24th part, and is there all the same",
    ),
)
