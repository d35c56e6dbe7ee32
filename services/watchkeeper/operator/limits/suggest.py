"""Limits for each service from its own past, as YAML to paste, with how often each would have fired."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from watchkeeper.config.thresholds import LIMIT_OF
from watchkeeper.operator.limits.past import Past, Samples
from watchkeeper.operator.limits.spells import Timing, spells

_OF_USUAL = (
    'max by (service) (measure_window:llm_usage:last{{measure="{0}"}} / measure_window:llm_usage:usual'
    " and measure_window:llm_usage:last > measure_window:llm_usage:usual_high)"
)
# The number that each alert compares with its limit, by service.
MEASURED: Mapping[str, str] = {
    "LLMErrorRateHigh": 'max by (service) (service_provider_window:llm_request_errors:ratio{window="6h"})',
    "LLMLatencyHigh": (
        "max by (service) (service_provider:llm_request_duration_seconds:p95_rate5m"
        " and on (service, team, provider) service_provider:llm_requests:increase15m >= 10)"
    ),
    "LLMLatencyUp": _OF_USUAL.format("seconds_per_request"),
    "LLMCostSpike": _OF_USUAL.format("cost_dollars"),
    "LLMDailyCostHigh": "max by (service) (service:llm_cost_dollars:increase1d)",
    "LLMCostPerRequestUp": _OF_USUAL.format("cost_per_request"),
    "LLMTokensPerRequestUp": _OF_USUAL.format("tokens_per_request"),
}
# A limit lies a tenth above what was seen; the more rarely it fires, the higher the share of minutes it stays above.
_MARGIN = 1.1
_SHARES = (0.99, 0.995, 0.999, 1.0)
_MOST_SPELLS = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A limit for one service: how often it would have fired, and how often today's does (None without one)."""

    alert: str
    service: str
    limit: float
    would_fire: int
    fires_today: int | None


def suggestions(past: Past) -> Iterator[Suggestion]:
    """One for each alert and service that has a past."""
    today = {
        (dict(labels).get("alert", ""), dict(labels).get("service", "")): list(samples.values())[-1]
        for labels, samples in past.values("max by (alert, service) (llm_alert_threshold)").items()
    }
    for alert, expression in MEASURED.items():
        timing = past.rules(alert)[0].timing
        for labels, samples in sorted(past.values(expression).items()):
            service = dict(labels).get("service", "")
            if found := _lowest(samples, timing):
                limit, count = found
                now = today.get((alert, service))
                fires = None if now is None else _count(samples, now, timing)
                yield Suggestion(alert=alert, service=service, limit=limit, would_fire=count, fires_today=fires)


def _lowest(samples: Samples, timing: Timing) -> tuple[float, int] | None:
    """The lowest limit that would have fired once at most, and how often it would have."""
    values = sorted(value for value in samples.values() if math.isfinite(value) and value > 0)
    for share in _SHARES if values else ():
        limit = _rounded_up(values[math.ceil(share * len(values)) - 1] * _MARGIN)
        count = _count(samples, limit, timing)
        if count <= _MOST_SPELLS:
            return limit, count
    return None


def _count(samples: Samples, limit: float, timing: Timing) -> int:
    return sum(1 for _ in spells((time for time in sorted(samples) if samples[time] > limit), timing))


def _rounded_up(value: float) -> float:
    """Two digits: a limit with more claims to know more than it does."""
    unit = 10.0 ** (math.floor(math.log10(value)) - 1)
    return float(f"{math.ceil(value / unit - 1e-9) * unit:.6g}")


def as_yaml(found: Sequence[Suggestion], days: float) -> Iterator[str]:
    """Lines of the section `alerts` of watchkeeper.yml; limits of shares never exceed what makes sense."""
    yield "alerts:"
    for alert in dict.fromkeys(one.alert for one in found):
        known = LIMIT_OF[alert]
        yield f"  {alert}: # {known.meaning}"
        yield f"    default: {'null' if known.default is None else f'{known.default:g}'}"
        yield "    services:"
        for one in (one for one in found if one.alert == alert):
            limit = one.limit if known.highest is None else min(one.limit, known.highest)
            today = "no limit today" if one.fires_today is None else f"{one.fires_today} with today's limit"
            fired = f"would have fired {one.would_fire} times in {days:g} days"
            yield f'      "{one.service}": {limit:g} # {fired}; {today}'
