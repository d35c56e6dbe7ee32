"""Queries that several pages ask: percentiles, shares and sums of what the reader chose."""

from grafana.src.llm_overview.filters import CALLS, OWNED, ratio

DURATION = "llm_request_duration_seconds"
FIRST_TOKEN = "llm_time_to_first_token_seconds"  # noqa: S105 - a metric, no secret
# Exact sums: `anchored` takes the counters' values at both ends of the time shown.
SPENT = f"increase(llm_cost_dollars_total{{{CALLS}}}[$__range] anchored)"
REQUESTS = f"increase(llm_requests_total{{{CALLS}}}[$__range] anchored)"
# What decides which lines are drawn when there are more than ten.
# Of services, teams, providers and models by what was recorded, which is a tenth of the counters.
BUSIEST = f"sum_over_time(service_model:llm_requests:rate5m{{{CALLS}}}[$__range:$__interval] @ end())"
MOST_EXPENSIVE = f"sum_over_time(service_model:llm_cost_dollars:increase1h{{{CALLS}}}[$__range:$__interval] @ end())"
BUSIEST_VERSIONS = f"sum_over_time(service_model_version:llm_requests:rate5m{{{CALLS}}}[$__range:$__interval] @ end())"


def of_hour(metric: str, by: str, chosen: str = CALLS) -> str:
    """Calls, failures, tokens or dollars of an hour, recorded as fine as anyone can choose."""
    return f"sum by ({by}) ({_recorded_hour(metric, chosen)})"


def most_expensive(chosen: str = CALLS) -> str:
    """What cost most in the time shown, by prompt version or tenant."""
    return f"sum_over_time({_recorded_hour('llm_cost_dollars', chosen)}[$__range:$__interval] @ end())"


def busiest(chosen: str = CALLS) -> str:
    """What was called most in the time shown, by prompt version or tenant."""
    return f"sum_over_time(service_model_version_tenant:llm_requests:rate5m{{{chosen}}}[$__range:$__interval] @ end())"


def _recorded_hour(metric: str, chosen: str) -> str:
    return f"service_model_version_tenant_operation:{metric}:increase1h{{{chosen}}}"


def quantile(part: float, metric: str, chosen: str = CALLS, by: str = "") -> str:
    """A percentile at each step; of no values there is none."""
    labels = f"{by}, le" if by else "le"
    return f"histogram_quantile({part:g}, sum by ({labels}) (rate({metric}_bucket{{{chosen}}}[$__rate_interval]))) >= 0"


def recorded_rate(record: str, chosen: str = CALLS) -> str:
    """What was recorded over 5 minutes once or twice a minute, over the time between two points of the graph."""
    return f"avg_over_time({record}:rate5m{{{chosen}}}[$__rate_interval])"


def recorded_quantile(part: float, metric: str) -> str:
    """A percentile at each step, of recorded buckets: those of the exporter are many times as many."""
    rate = recorded_rate(f"service_model:{metric}_bucket")
    return f"histogram_quantile({part:g}, sum by (le) ({rate})) >= 0"


def recent_quantile(part: float, metric: str) -> str:
    """A percentile of the last 5 minutes."""
    buckets = f"sum by (le) (service_model:{metric}_bucket:rate5m{{{CALLS}}})"
    return f"histogram_quantile({part:g}, {buckets}) >= 0"


def error_ratio(label: str) -> str:
    """The share of calls that failed, over 5 minutes."""
    failed = f"sum by ({label}) (service_model:llm_request_errors:rate5m{{{CALLS}}})"
    return ratio(failed, f"sum by ({label}) (service_model:llm_requests:rate5m{{{CALLS}}})")


def share(label: str, metric: str, condition: str) -> str:
    """The share of a counter's events that meet a condition, over an hour."""
    whole = f"sum by ({label}) (increase({metric}{{{OWNED}}}[1h]))"
    return ratio(f"sum by ({label}) (increase({metric}{{{OWNED}, {condition}}}[1h]))", whole)


def rate(metric: str, chosen: str = OWNED) -> str:
    """Events per second, over the time between two points of the graph."""
    return f"rate({metric}{{{chosen}}}[$__rate_interval])"
