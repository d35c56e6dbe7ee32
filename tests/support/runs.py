"""Traces as they are when they are evaluated, for those who hold them against contracts."""

from collections.abc import Sequence
from typing import Any

from tests.support.facts import make_context

from watchkeeper.config.contracts import Contract
from watchkeeper.contracts.evaluator import Evaluator, Verdict
from watchkeeper.contracts.finding import Signal
from watchkeeper.model import Branch, ToolRun, Trace

ALL_SIGNALS: frozenset[Signal] = frozenset(("tools", "retrievals", "branches", "reviews", "guardrails"))


def tool_runs(*tools: str) -> tuple[ToolRun, ...]:
    """Runs with arguments of their own each; ``!`` behind a name is one that failed."""
    return tuple(
        ToolRun(tool.removesuffix("!"), place + 1, "error" if tool.endswith("!") else "ok")
        for place, tool in enumerate(tools)
    )


def make_trace(*tools: str, branches: Sequence[tuple[str, str]] = (), **changes: Any) -> Trace:
    """A run of an agent that used these tools and went well."""
    runs = tool_runs(*tools)
    given = {
        "context": make_context(agent="support", service="shop"),
        "closed_by": "root",
        "steps": len(runs) + 1,
        "llm_calls": 1,
        "tool_calls": len(runs),
        "tool_runs": runs,
        "branch_decisions": len(branches),
        "branches": tuple(Branch(node, branch) for node, branch in branches),
    }
    return Trace(**{**given, **changes})


def verdict_of(trace: Trace, signals: frozenset[Signal] = ALL_SIGNALS, **contract: Any) -> Verdict:
    """What a contract of these rules says of a run."""
    evaluator = Evaluator([Contract.model_validate({"name": "given", **contract})])
    (verdict,) = evaluator.verdicts(trace, signals)
    return verdict


def found_in(trace: Trace, **contract: Any) -> list[tuple[str, str, str]]:
    """Type, rule and tool of what a contract of these rules finds in a run."""
    return [(finding.type, finding.rule, finding.tool) for finding in verdict_of(trace, **contract).findings]
