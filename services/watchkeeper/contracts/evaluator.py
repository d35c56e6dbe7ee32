"""A contract made ready, and a run held against it: broken, passed, or not evaluated and why."""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Literal

import msgspec

from watchkeeper.config.contracts import Contract
from watchkeeper.contracts import bounds, requirements, tools
from watchkeeper.contracts.finding import Finding, Rule, Run, Signal, Unknown
from watchkeeper.model import Trace

Result = Literal["passed", "broken", "not_evaluated"]
# Sets of agent, service and prompt whose contracts are remembered.
_REMEMBERED = 4096


class Verdict(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What one contract says of one run. ``reason`` is why it was not evaluated; a broken rule counts anyway."""

    contract: str
    result: Result
    reason: Unknown | Literal[""] = ""
    findings: tuple[Finding, ...] = ()


class Evaluator:
    """Holds runs against the contracts that are about them."""

    def __init__(self, contracts: Sequence[Contract]) -> None:
        self._rules = tuple((contract, _rules_of(contract)) for contract in contracts)
        self._about = lru_cache(maxsize=_REMEMBERED)(self._find)

    def verdicts(self, trace: Trace, reported: frozenset[Signal]) -> list[Verdict]:
        """One for each contract about the run; ``reported`` is what its service was seen to report."""
        context = trace.context
        found = self._about(context.agent, context.service, context.prompt)
        if not found:
            return []
        run = Run(trace, reported | signals_of(trace))
        return [_verdict(contract.name, rules, run) for contract, rules in found]

    def _find(self, agent: str, service: str, prompt: str) -> tuple[tuple[Contract, tuple[Rule, ...]], ...]:
        named = (("agent", agent), ("service", service), ("prompt", prompt))
        return tuple(
            (contract, rules)
            for contract, rules in self._rules
            if all(any(fnmatchcase(name, one) for one in getattr(contract, label)) for label, name in named)
        )


def signals_of(trace: Trace) -> frozenset[Signal]:
    """What a trace shows that its service reports."""
    counted: tuple[tuple[Signal, object], ...] = (
        ("tools", trace.tool_calls),
        ("retrievals", trace.retrievals),
        ("branches", trace.branch_decisions),
        ("reviews", trace.reviews),
        ("guardrails", trace.guardrails is None or trace.guardrails),
    )
    return frozenset([signal for signal, count in counted if count])


def _rules_of(contract: Contract) -> tuple[Rule, ...]:
    return (*tools.rules(contract.tools), *bounds.rules(contract), *requirements.rules(contract))


def _verdict(name: str, rules: Sequence[Rule], run: Run) -> Verdict:
    findings: list[Finding] = []
    reason: Unknown | Literal[""] = ""
    for rule in rules:
        for found in rule(run):
            if isinstance(found, Finding):
                findings.append(found)
            else:
                reason = reason or found
    if findings:
        return Verdict(contract=name, result="broken", findings=tuple(findings))
    return Verdict(contract=name, result="not_evaluated" if reason else "passed", reason=reason)
