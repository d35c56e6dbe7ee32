"""Whether a call or a score is good for a service level objective.

An event is evaluated by its own value, so any threshold is exact: no bucket of a histogram has to lie there.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from fnmatch import fnmatchcase

from watchkeeper.config.slos import Slo, SloKind
from watchkeeper.model import LlmCall, Score, is_drill

# True is good, False is bad, None is no event of this objective.
EvaluateCall = Callable[[LlmCall], bool | None]

_FAILED = ("error", "rate_limited", "timeout")
_ANSWERED = ("ok", "content_filtered")


def applies_to(slo: Slo, service: str) -> bool:
    """Whether an objective is about a service."""
    return not is_drill(service) and any(fnmatchcase(service, pattern) for pattern in slo.services)


def call_evaluators(slos: Sequence[Slo], service: str) -> tuple[tuple[str, EvaluateCall], ...]:
    """Return the objectives about the calls of a service, by name, each ready to evaluate."""
    return tuple(
        (slo.name, _EVALUATORS[slo.kind](slo.under or 0.0))
        for slo in slos
        if slo.kind in _EVALUATORS and applies_to(slo, service)
    )


def evaluate_score(slo: Slo, score: Score) -> bool | None:
    """Evaluate a score by an objective of quality; one of another name and one that is a category are no events."""
    if score.name != slo.score or score.value is None or not applies_to(slo, score.context.service):
        return None
    return score.value >= (slo.at_least or 0.0)


def _evaluate_availability(_under: float) -> EvaluateCall:
    """A call that its client cancelled is no event: no one knows how it would have ended."""

    def evaluate(call: LlmCall) -> bool | None:
        return None if call.status == "cancelled" else call.status not in _FAILED

    return evaluate


def _evaluate_latency(under: float) -> EvaluateCall:
    """Answered calls by their duration; a timeout is bad, or the slowest calls of all would be left out."""

    def evaluate(call: LlmCall) -> bool | None:
        if call.status == "timeout":
            return False
        if call.status not in _ANSWERED or call.duration_seconds is None:
            return None
        return call.duration_seconds < under

    return evaluate


def _evaluate_first_token(under: float) -> EvaluateCall:
    """Answered calls that report their first token, and streams that timed out."""

    def evaluate(call: LlmCall) -> bool | None:
        if call.status == "timeout" and call.is_streaming:
            return False
        if call.status not in _ANSWERED or call.time_to_first_token_seconds is None:
            return None
        return call.time_to_first_token_seconds < under

    return evaluate


def _evaluate_cost(under: float) -> EvaluateCall:
    """Calls with a known cost, whatever became of them: money that is spent is spent."""
    limit = Decimal(str(under))

    def evaluate(call: LlmCall) -> bool | None:
        return None if call.cost is None else call.cost.usd < limit

    return evaluate


_EVALUATORS: dict[SloKind, Callable[[float], EvaluateCall]] = {
    "availability": _evaluate_availability,
    "latency": _evaluate_latency,
    "time_to_first_token": _evaluate_first_token,
    "cost_per_request": _evaluate_cost,
}
