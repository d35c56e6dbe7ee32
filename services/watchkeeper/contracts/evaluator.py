"""A contract made ready, and a run held against it: broken, passed, or not evaluated and why."""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from functools import cache, lru_cache
from typing import Literal

import msgspec

from watchkeeper.config.contracts import Contract
from watchkeeper.contracts import bounds, requirements, tools
from watchkeeper.contracts.finding import UNREPORTED, Finding, Rule, Run, Signal, Unknown
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
    shows = (
        bool(trace.tool_calls),
        bool(trace.retrievals),
        bool(trace.branch_decisions),
        bool(trace.reviews),
        trace.guardrails is None or bool(trace.guardrails),
    )
    return _signals(shows)


@cache  # as many as there are sets of five
def _signals(shows: tuple[bool, ...]) -> frozenset[Signal]:
    return frozenset(signal for signal, is_shown in zip(UNREPORTED, shows, strict=True) if is_shown)


def _rules_of(contract: Contract) -> tuple[Rule, ...]:
    return (*tools.rules(contract.tools), *bounds.rules(contract), *requirements.rules(contract))


def _verdict(name: str, rules: Sequence[Rule], run: Run) -> Verdict:
    findings: list[Finding] = []
    reason: Unknown | Literal[""] = ""
    for rule in rules:
        if found := rule(run):  # nearly every rule holds: an empty loop for each took a tenth of the time
            findings += [one for one in found if isinstance(one, Finding)]
            reason = reason or next((one for one in found if not isinstance(one, Finding)), "")
    if findings:
        return Verdict(contract=name, result="broken", findings=tuple(findings))
    return _not_evaluated(name, reason) if reason else _passed(name)


@lru_cache(maxsize=1024)
def _passed(name: str) -> Verdict:
    return Verdict(contract=name, result="passed")


@lru_cache(maxsize=1024)
def _not_evaluated(name: str, reason: Unknown) -> Verdict:
    return Verdict(contract=name, result="not_evaluated", reason=reason)
