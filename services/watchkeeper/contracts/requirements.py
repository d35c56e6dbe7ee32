"""Rules about what must have happened in a run beside its tools, and what must not."""

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from watchkeeper.config.contracts import Condition, Contract, Forbidden, OutputBounds
from watchkeeper.contracts.finding import Finding, Rule, Run, Signal, Unknown
from watchkeeper.contracts.tools import missing, shown


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

    def rule(run: Run) -> Iterator[Finding | Unknown]:
        taken = any(one.branch == condition.branch and condition.node in ("", one.node) for one in run.trace.branches)
        if taken:
            for part in asked:
                yield from part(run)
        elif reason := _unseen(run, "branches"):
            yield reason

    return rule


def _forbidden(forbid: Forbidden) -> Iterator[Rule]:
    if forbid.models:
        yield _no_model(forbid.models)
    if forbid.tools:
        yield _no_tool(forbid.tools)
    if forbid.branches:
        yield _no_branch(forbid.branches)


def _no_model(patterns: Sequence[str]) -> Rule:
    def rule(run: Run) -> Iterator[Finding | Unknown]:
        models = run.trace.models
        for model in _matching(models or (), patterns):
            yield _fallback("forbid.models", patterns, model)
        if models is None:
            yield "cut"
        elif run.unfinished:
            yield run.unfinished
        elif not models and run.trace.llm_calls:
            yield "no_models_reported"

    return rule


def _no_tool(patterns: Sequence[str]) -> Rule:
    def rule(run: Run) -> Iterator[Finding | Unknown]:
        found = _matching([one.tool for one in run.trace.tool_runs], patterns)
        for tool in found:
            yield _fallback("forbid.tools", patterns, tool, tool)
        if not found and (reason := _unseen(run, "tools") or run.cut):
            yield reason

    return rule


def _no_branch(patterns: Sequence[str]) -> Rule:
    def rule(run: Run) -> Iterator[Finding | Unknown]:
        found = _matching([one.branch for one in run.trace.branches], patterns)
        for branch in found:
            yield _fallback("forbid.branches", patterns, branch)
        if not found and (reason := _unseen(run, "branches")):
            yield reason

    return rule


def _fallback(where: str, patterns: Sequence[str], observed: str, tool: str = "") -> Finding:
    return Finding(type="fallback", rule=where, expected=f"none of {shown(patterns)}", observed=observed, tool=tool)


def _matching(names: Sequence[str], patterns: Sequence[str]) -> list[str]:
    return [name for name in dict.fromkeys(names) if any(fnmatchcase(name, pattern) for pattern in patterns)]


def _unseen(run: Run, signal: Signal) -> Unknown | None:
    """Why something may have happened that no one saw."""
    if signal not in run.signals:
        reason: Unknown = f"no_{signal}_reported"  # type: ignore[assignment]  # one for each signal
        return reason
    if signal == "branches" and run.trace.branch_decisions > len(run.trace.branches):
        return "cut"
    return run.unfinished


def _reviewed(where: str) -> Rule:
    def rule(run: Run) -> Iterator[Finding | Unknown]:
        if not run.trace.reviews:
            yield run.missing("reviews") or Finding(
                type="review_skipped", rule=where, expected="a human review", observed="none"
            )

    return rule


def _guarded(name: str) -> Rule:
    def rule(run: Run) -> Iterator[Finding | Unknown]:
        checked = run.trace.guardrails
        if checked is None:
            yield "cut"
        elif name not in checked:
            yield run.missing("guardrails") or Finding(
                type="guardrail_skipped", rule="guardrails", expected=name, observed=shown(checked)
            )

    return rule


def _output_length(bounds: OutputBounds) -> Rule:
    lowest, highest = bounds.min_length or 0, bounds.max_length

    def rule(run: Run) -> Iterator[Finding | Unknown]:
        if (reason := _no_answer(run)) or run.trace.answer is None:
            yield reason or "no_answer_inspected"
            return
        length = run.trace.answer.length
        if length < lowest or (highest is not None and length > highest):
            expected = f"at least {lowest} characters" if length < lowest else f"at most {highest} characters"
            where = "output.min_length" if length < lowest else "output.max_length"
            yield Finding(type="output_length", rule=where, expected=expected, observed=f"{length} characters")

    return rule


def _output_schema(contract: str) -> Rule:
    def rule(run: Run) -> Iterator[Finding | Unknown]:
        if (reason := _no_answer(run)) or run.trace.answer is None:
            yield reason or "no_answer_inspected"
        elif contract in run.trace.answer.broken_schemas:
            yield Finding(
                type="output_schema",
                rule="output.json_schema",
                expected="an answer that fits the schema",
                observed="another",
            )

    return rule


def _no_answer(run: Run) -> Unknown | None:
    """Why there is no answer to look at, or not the last one."""
    return "run_failed" if run.trace.status != "ok" else run.unfinished
