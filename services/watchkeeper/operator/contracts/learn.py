"""A contract proposed from past runs: what nearly all of them did, each line with how many would have broken it."""

import json
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from watchkeeper.config.contracts import Contract
from watchkeeper.contracts.evaluator import Evaluator, signals_of
from watchkeeper.contracts.finding import Signal, settled
from watchkeeper.model import Trace

# Well below the 2 % at which alerts fire.
_NEARLY_ALL = 0.99
# A limit lies a fifth above what 99 of 100 runs took.
_MARGIN = 1.2
# Fewer runs of a branch say little about it.
_FEWEST_OF_BRANCH = 10
_MOST_BRANCHES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A rule as it may be pasted, with the shares of past runs that break it, and that it cannot evaluate."""

    keys: tuple[str, ...]
    value: Any
    broken: float
    not_evaluated: float


def learn(runs: Sequence[Trace]) -> list[Line]:
    """Propose rules from runs, those that failed left out."""
    good = [run for run in runs if run.status == "ok" and run.closed_by in ("root", "idle")]
    if not good:
        return []
    signals: frozenset[Signal] = frozenset().union(*map(signals_of, good))
    rules = [*_tools(good), *_branches(good), *_limits(good), *_others(good)]
    return [_measured(keys, value, good, signals) for keys, value in rules]


def _tools(runs: Sequence[Trace]) -> Iterator[tuple[tuple[str, ...], Any]]:
    used = [settled(run) for run in runs]
    expected = [tool for tool, count in _runs_with(used).items() if count >= _NEARLY_ALL * len(runs)]
    if not expected:
        return
    order = sorted(expected, key=lambda tool: sum(_place(tools, tool) for tools in used))
    yield ("tools", "expect"), order
    pairs = [[first, then] for first, then in pairwise(order) if _share(used, _is_before(first, then)) >= _NEARLY_ALL]
    if pairs:
        yield ("tools", "before"), pairs
    most = {tool: max(Counter(run.tool for run in one.tool_runs)[tool] for one in runs) for tool in order}
    yield ("tools", "at_most"), {tool: math.ceil(count * _MARGIN) for tool, count in most.items()}


def _branches(runs: Sequence[Trace]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Tools that nearly all runs of a branch use, and others do not."""
    everywhere = {
        tool for tool, count in _runs_with([settled(run) for run in runs]).items() if count >= 0.99 * len(runs)
    }
    taken = Counter(branch for run in runs for branch in set(run.branches))
    conditions = []
    for branch, count in taken.most_common(_MOST_BRANCHES):
        used = [settled(run) for run in runs if branch in run.branches]
        own = [t for t, number in _runs_with(used).items() if number >= _NEARLY_ALL * count and t not in everywhere]
        if own and count >= _FEWEST_OF_BRANCH:
            conditions.append({"node": branch.node, "branch": branch.branch, "tools": sorted(own)})
    if conditions:
        yield ("when",), conditions


def _limits(runs: Sequence[Trace]) -> Iterator[tuple[tuple[str, ...], Any]]:
    measured: Mapping[str, Callable[[Trace], float | None]] = {
        "max_steps": lambda run: run.steps,
        "max_tokens": lambda run: run.tokens,
        "max_cost_usd": lambda run: None if run.cost_usd is None or run.unpriced_calls else float(run.cost_usd),
        "max_seconds": lambda run: run.duration_seconds,
    }
    for name, measure in measured.items():
        values = sorted(value for value in map(measure, runs) if value)
        if values and len(values) >= _NEARLY_ALL * len(runs):
            limit = values[math.ceil(_NEARLY_ALL * len(values)) - 1] * _MARGIN
            yield (name,), math.ceil(limit) if name in ("max_steps", "max_tokens") else _rounded_up(limit)


def _others(runs: Sequence[Trace]) -> Iterator[tuple[tuple[str, ...], Any]]:
    enough = _NEARLY_ALL * len(runs)
    if sum(bool(run.documents) for run in runs) >= enough:
        yield ("min_documents",), 1
    if sum(bool(run.reviews) for run in runs) >= enough:
        yield ("human_review",), True
    checked = _runs_with([run.guardrails or () for run in runs])
    guardrails = sorted(name for name, count in checked.items() if count >= enough)
    if guardrails:
        yield ("guardrails",), guardrails


def _measured(keys: tuple[str, ...], value: Any, runs: Sequence[Trace], signals: frozenset[Signal]) -> Line:
    rule = value
    for key in reversed(keys):
        rule = {key: rule}
    evaluator = Evaluator([Contract.model_validate({"name": "proposed", **rule})])
    results = Counter(verdict.result for run in runs for verdict in evaluator.verdicts(run, signals))
    return Line(
        keys=keys,
        value=value,
        broken=results["broken"] / len(runs),
        not_evaluated=results["not_evaluated"] / len(runs),
    )


def as_yaml(agent: str, name: str, lines: Sequence[Line], runs: int) -> Iterator[str]:
    """Lines of the section `contracts` of watchkeeper.yml."""
    yield f"contracts: # learnt from {runs} runs"
    yield f"  - name: {name}"
    yield f"    agent: [{json.dumps(agent, ensure_ascii=False)}]"
    begun = ""
    for line in lines:
        *above, key = line.keys
        if above and above[0] != begun:
            begun = above[0]
            yield f"    {begun}:"
        indent = "      " if above else "    "
        yield f"{indent}{key}: {json.dumps(line.value, ensure_ascii=False)} # {_shares(line)}"


def _shares(line: Line) -> str:
    broken = f"{line.broken:.1%} of past runs would have broken it"
    return f"{broken}, {line.not_evaluated:.1%} could not be evaluated" if line.not_evaluated else broken


def _runs_with(used: Sequence[Sequence[str]]) -> Counter[str]:
    return Counter(name for names in used for name in set(names))


def _place(tools: Sequence[str], tool: str) -> int:
    return tools.index(tool) if tool in tools else len(tools)


def _is_before(first: str, then: str) -> Callable[[Sequence[str]], bool]:
    return lambda tools: then not in tools or first in tools[: tools.index(then)]


def _share(used: Sequence[Sequence[str]], holds: Callable[[Sequence[str]], bool]) -> float:
    return sum(map(holds, used)) / len(used)


def _rounded_up(value: float) -> float:
    """Two digits: a limit with more claims to know more than it does."""
    unit = 10.0 ** (math.floor(math.log10(value)) - 1)
    return float(f"{math.ceil(value / unit - 1e-9) * unit:.6g}")
