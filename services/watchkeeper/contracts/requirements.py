"""Rules about what must have happened in a run beside its tools, and what must not."""

from collections.abc import Callable, Iterator, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache

from watchkeeper.config.contracts import Condition, Contract, Forbidden, OutputBounds
from watchkeeper.contracts.finding import HOLDS, UNREPORTED, Finding, Found, Rule, Run, Signal, Unknown
from watchkeeper.contracts.tools import missing, shown, unseen


def rules(contract: Contract) -> Iterator[Rule]:
    """The requirements that a contract has."""
    for place, condition in enumerate(contract.when):
        yield _when(condition, f"when[{place}]")
    yield from _forbidden(contract.forbid)
    if contract.human_review:
        yield _reviewed("human_review")
    for name in contract.guardrails:
        yield _guarded(name)
    output = contract.output
    if output.min_length is not None or output.max_length is not None:
        yield _output_length(output)
    if output.json_schema is not None:
        yield _output_schema(contract.name)


def _when(condition: Condition, where: str) -> Rule:
    """What holds for runs that took a branch; of runs that took another one nothing is asked."""
    asked = [missing(dict.fromkeys(condition.tools, 1), f"{where}.tools")] if condition.tools else []
    asked += [_reviewed(f"{where}.human_review")] if condition.human_review else []

    def rule(run: Run) -> Found:
        taken = [
            one for one in run.trace.branches if one.branch == condition.branch and condition.node in ("", one.node)
        ]
        if taken:
            return [found for part in asked for found in part(run)]
        return _unseen(run, "branches")

    return rule


def _forbidden(forbid: Forbidden) -> Iterator[Rule]:
    if forbid.models:
        yield _no_model(forbid.models)
    if forbid.tools:
        yield _no_tool(forbid.tools)
    if forbid.branches:
        yield _no_branch(forbid.branches)


def _no_model(patterns: Sequence[str]) -> Rule:
    is_forbidden = _matcher(patterns)

    def rule(run: Run) -> Found:
        models = run.trace.models
        if models is None:
            return ("cut",)
        found = [_fallback("forbid.models", patterns, model) for model in models if is_forbidden(model)]
        if found or not (run.unfinished or (not models and run.trace.llm_calls)):
            return found
        return (run.unfinished or "no_models_reported",)

    return rule


def _no_tool(patterns: Sequence[str]) -> Rule:
    is_forbidden = _matcher(patterns)

    def rule(run: Run) -> Found:
        found = [tool for tool in dict.fromkeys(run.tools) if is_forbidden(tool)]
        return [_fallback("forbid.tools", patterns, tool, tool) for tool in found] if found else unseen(run)

    return rule


def _no_branch(patterns: Sequence[str]) -> Rule:
    is_forbidden = _matcher(patterns)

    def rule(run: Run) -> Found:
        found = dict.fromkeys(one.branch for one in run.trace.branches if is_forbidden(one.branch))
        return [_fallback("forbid.branches", patterns, one) for one in found] if found else _unseen(run, "branches")

    return rule


def _fallback(where: str, patterns: Sequence[str], observed: str, tool: str = "") -> Finding:
    return Finding(type="fallback", rule=where, expected=f"none of {shown(patterns)}", observed=observed, tool=tool)


def _matcher(patterns: Sequence[str]) -> Callable[[str], bool]:
    """Whether one of the patterns fits a name; names come again and again."""
    return lru_cache(maxsize=1024)(lambda name: any(fnmatchcase(name, pattern) for pattern in patterns))


def _unseen(run: Run, signal: Signal) -> Found:
    """Why something may have happened that no one saw."""
    if signal not in run.signals:
        return (UNREPORTED[signal],)
    if signal == "branches" and run.trace.branch_decisions > len(run.trace.branches):
        return ("cut",)
    return (run.unfinished,) if run.unfinished else HOLDS


def _reviewed(where: str) -> Rule:
    finding = Finding(type="review_skipped", rule=where, expected="a human review", observed="none")

    def rule(run: Run) -> Found:
        return HOLDS if run.trace.reviews else (run.missing("reviews") or finding,)

    return rule


def _guarded(name: str) -> Rule:
    def rule(run: Run) -> Found:
        checked = run.trace.guardrails
        if checked is None:
            return ("cut",)
        if name in checked:
            return HOLDS
        observed = shown(checked)
        return (
            run.missing("guardrails")
            or Finding(type="guardrail_skipped", rule="guardrails", expected=name, observed=observed),
        )

    return rule


def _output_length(bounds: OutputBounds) -> Rule:
    lowest, highest = bounds.min_length or 0, bounds.max_length

    def rule(run: Run) -> Found:
        if (reason := _no_answer(run)) or run.trace.answer is None:
            return (reason or "no_answer_inspected",)
        length = run.trace.answer.length
        if length >= lowest and (highest is None or length <= highest):
            return HOLDS
        expected = f"at least {lowest} characters" if length < lowest else f"at most {highest} characters"
        where = "output.min_length" if length < lowest else "output.max_length"
        return (Finding(type="output_length", rule=where, expected=expected, observed=f"{length} characters"),)

    return rule


def _output_schema(contract: str) -> Rule:
    finding = Finding(
        type="output_schema",
        rule="output.json_schema",
        expected="an answer that fits the schema",
        observed="another",
    )

    def rule(run: Run) -> Found:
        if (reason := _no_answer(run)) or run.trace.answer is None:
            return (reason or "no_answer_inspected",)
        return (finding,) if contract in run.trace.answer.broken_schemas else HOLDS

    return rule


def _no_answer(run: Run) -> Unknown | None:
    """Why there is no answer to look at, or not the last one."""
    return "run_failed" if run.trace.status != "ok" else run.unfinished
