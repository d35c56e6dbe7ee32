"""The queries that give what happened in a window, by what they count; one request for each window."""

from collections.abc import Sequence

_CALL = ("service", "provider", "model", "prompt", "prompt_version")
_CALL_TENANT = (*_CALL, "tenant")
_SCORE = ("service", "prompt", "prompt_version", "model", "score")
# Metric, further matchers, and the labels that are kept, by amount (explain/samples.py).
_COUNTED: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "requests": ("llm_requests_total", "", (*_CALL_TENANT, "status")),
    "tokens": ("llm_tokens_total", 'type!="reasoning"', (*_CALL_TENANT, "type")),
    "cost": ("llm_cost_dollars_total", "", _CALL_TENANT),
    # Only calls that report their tokens are in it.
    "billed": ("llm_request_tokens_count", 'type="input"', ("service",)),
    "runs": ("llm_trace_duration_seconds_count", "", ("service",)),
    "timed": ("llm_request_duration_seconds_count", "", _CALL),
    "seconds": ("llm_request_duration_seconds_sum", "", _CALL),
    "tokens_out": ("llm_tokens_total", 'type="output"', _CALL),
    "scores": ("llm_score_count", "", _SCORE),
    "score_sum": ("llm_score_sum", "", _SCORE),
    "reviews": ("llm_human_reviews_total", "", ("service", "outcome")),
    "decisions": ("llm_branch_decisions_total", "", ("service", "node", "branch")),
}


def query(amounts: Sequence[str], seconds: int, services: Sequence[str] = ()) -> str:
    """Return one expression for all amounts of the seconds before its evaluation; the label `amount` tells them apart.

    `anchored` counts exactly, as the rules of money do (docs/decisions/0007-exact-money.md).
    """
    return " or ".join(_of(amount, seconds, services) for amount in amounts)


def _of(amount: str, seconds: int, services: Sequence[str]) -> str:
    metric, matcher, labels = _COUNTED[amount]
    matchers = ",".join(part for part in (selector(services), matcher) if part)
    counted = f"sum by ({', '.join(labels)}) (increase({metric}{{{matchers}}}[{seconds}s] anchored)) > 0"
    return f'label_replace({counted}, "amount", "{amount}", "", "")'


def selector(services: Sequence[str]) -> str:
    """The matcher of some services; none means all."""
    return f'service=~"{"|".join(_escaped(service) for service in services)}"' if services else ""


def _escaped(service: str) -> str:
    """A service as a regular expression in a string of PromQL."""
    special = "".join(f"\\{one}" if one in r"\.+*?()|[]{}^$" else one for one in service)
    return special.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
