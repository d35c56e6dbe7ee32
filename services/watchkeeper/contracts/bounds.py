"""Rules about numbers of a run: upper bounds, which can be broken before it ends, and lower ones, which cannot."""

from collections.abc import Callable, Iterator
from operator import attrgetter

from watchkeeper.config.contracts import Contract
from watchkeeper.contracts.finding import HOLDS, Finding, Found, Rule, Run, Unknown
from watchkeeper.model import FailureType, Trace

Measure = Callable[[Trace], float | None]


def rules(contract: Contract) -> Iterator[Rule]:
    """The bounds that a contract has."""
    upper: tuple[tuple[str, float | None, FailureType, Measure, Unknown], ...] = (
        ("max_steps", contract.max_steps, "too_many_steps", attrgetter("steps"), "cut"),
        ("max_tokens", contract.max_tokens, "too_many_tokens", lambda trace: trace.tokens, "no_tokens_reported"),
        ("max_cost_usd", contract.max_cost_usd, "too_expensive", _dollars, "no_cost_known"),
        ("max_seconds", contract.max_seconds, "too_slow", attrgetter("duration_seconds"), "cut"),
    )
    lower: tuple[tuple[str, float | None, FailureType, Measure, Unknown], ...] = (
        (
            "min_documents",
            contract.min_documents,
            "too_few_documents",
            attrgetter("documents"),
            "no_documents_reported",
        ),
        ("min_top_score", contract.min_top_score, "low_relevance", attrgetter("top_score"), "no_scores_reported"),
    )
    for name, limit, kind, measure, unknown in upper:
        if limit is not None:
            yield _at_most(name, limit, kind, measure, unknown)
    for name, limit, kind, measure, unknown in lower:
        if limit is not None:
            yield _at_least(name, limit, kind, measure, unknown)


def _at_most(name: str, limit: float, kind: FailureType, measure: Measure, unknown: Unknown) -> Rule:
    is_cost = name == "max_cost_usd"

    def rule(run: Run) -> Found:
        value = measure(run.trace)
        if value is None:
            return (unknown,)
        if value > limit:
            return (Finding(type=kind, rule=name, expected=f"at most {limit:g}", observed=f"{value:g}"),)
        if run.unfinished:
            return (run.unfinished,)
        return (unknown,) if is_cost and run.trace.unpriced_calls else HOLDS

    return rule


def _at_least(name: str, limit: float, kind: FailureType, measure: Measure, unknown: Unknown) -> Rule:
    def rule(run: Run) -> Found:
        value = measure(run.trace)
        if value is not None and value >= limit:
            return HOLDS
        if reason := run.missing("retrievals"):
            return (reason,)
        if value is None and run.trace.retrievals:
            return (unknown,)
        observed = "no search" if value is None else f"{value:g}"
        return (Finding(type=kind, rule=name, expected=f"at least {limit:g}", observed=observed),)

    return rule


def _dollars(trace: Trace) -> float | None:
    return None if trace.cost_usd is None else float(trace.cost_usd)
