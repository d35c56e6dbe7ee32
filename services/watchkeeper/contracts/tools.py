"""Rules about the tools of a run.

What is too much can be seen before a run ends; what is missing cannot, and only of services that report tools.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from watchkeeper.config.contracts import Match, ToolRules
from watchkeeper.contracts.finding import Finding, Rule, Run, Unknown
from watchkeeper.model import Trace

_SHOWN = 12


def rules(tools: ToolRules) -> Iterator[Rule]:
    """The rules that a contract has about tools."""
    if tools.expect:
        yield _MODES[tools.match](tools.expect)
    for name, least in tools.at_least.items():
        yield missing({name: least}, "tools.at_least")
    for name, most in tools.at_most.items():
        yield _at_most(name, most)
    for first, then in tools.before:
        yield _before(first, then)


def settled(trace: Trace) -> list[str]:
    """The tools of a run in their order, without tries that failed and were followed by another of the same tool."""
    runs = trace.tool_runs
    last = {run.tool: place for place, run in enumerate(runs)}
    return [run.tool for place, run in enumerate(runs) if run.status == "ok" or last[run.tool] == place]


def shown(tools: Sequence[str]) -> str:
    """Names in their order, the first ones."""
    more = len(tools) - _SHOWN
    names = ", ".join(tools[:_SHOWN])
    return (f"{names} and {more} more" if more > 0 else names) or "none"


def missing(needed: Mapping[str, int], where: str) -> Rule:
    """Each of the tools must have run so often."""

    def rule(run: Run) -> Iterator[Finding | Unknown]:
        used = settled(run.trace)
        counted = Counter(used)
        skipped = [(tool, count) for tool, count in needed.items() if counted[tool] < count]
        if not skipped:
            return
        if reason := run.missing("tools") or run.cut:
            yield reason
            return
        for tool, count in skipped:
            expected = tool if count == 1 else f"{count} runs of {tool}"
            yield Finding(type="tool_skipped", rule=where, expected=expected, observed=shown(used), tool=tool)

    return rule


def _superset(expect: Sequence[str]) -> Rule:
    return missing(Counter(expect), "tools.expect")


def _subset(expect: Sequence[str]) -> Rule:
    return _nothing_else(Counter(expect))


def _unordered(expect: Sequence[str]) -> Rule:
    superset, subset = _superset(expect), _subset(expect)

    def rule(run: Run) -> Iterator[Finding | Unknown]:
        yield from superset(run)
        yield from subset(run)

    return rule


def _strict(expect: Sequence[str]) -> Rule:
    """The same multiset first: a tool that is missing is the better message than another order."""
    unordered, wanted = _unordered(expect), list(expect)

    def rule(run: Run) -> Iterator[Finding | Unknown]:
        found = list(unordered(run))
        yield from found
        used = settled(run.trace)
        if not found and used != wanted:
            tool = next(tool for tool, other in zip(used, wanted, strict=False) if tool != other)
            yield Finding(
                type="tool_order", rule="tools.expect", expected=shown(wanted), observed=shown(used), tool=tool
            )

    return rule


def _nothing_else(allowed: Mapping[str, int]) -> Rule:
    """No tool may run more often than it is expected."""

    def rule(run: Run) -> Iterator[Finding | Unknown]:
        used = settled(run.trace)
        surplus = [tool for tool, count in Counter(used).items() if count > allowed.get(tool, 0)]
        for tool in surplus:
            expected = f"{allowed[tool]} runs of {tool}" if tool in allowed else f"only {shown(list(allowed))}"
            yield Finding(
                type="unexpected_tool", rule="tools.expect", expected=expected, observed=shown(used), tool=tool
            )
        if not surplus and (reason := _unseen(run)):
            yield reason

    return rule


def _at_most(tool: str, most: int) -> Rule:
    """Tries that failed count as well: they cost as much."""

    def rule(run: Run) -> Iterator[Finding | Unknown]:
        count = sum(1 for one in run.trace.tool_runs if one.tool == tool)
        if count > most:
            yield Finding(
                type="unexpected_tool",
                rule="tools.at_most",
                expected=f"at most {most} runs of {tool}",
                observed=f"{count} runs",
                tool=tool,
            )
        elif reason := _unseen(run):
            yield reason

    return rule


def _before(first: str, then: str) -> Rule:
    """Nothing is wrong where the second tool never ran."""

    def rule(run: Run) -> Iterator[Finding | Unknown]:
        used = [one.tool for one in run.trace.tool_runs]
        if then not in used:
            if reason := _unseen(run):
                yield reason
        elif first not in used[: used.index(then)]:
            yield run.unfinished or Finding(
                type="tool_order",
                rule="tools.before",
                expected=f"{first} before {then}",
                observed=shown(used),
                tool=then,
            )

    return rule


def _unseen(run: Run) -> Unknown | None:
    """Why there may be tools that no one saw; a run that failed ran no others."""
    if "tools" not in run.signals:
        return "no_tools_reported"
    return run.cut


_MODES: Mapping[Match, Callable[[Sequence[str]], Rule]] = {
    "superset": _superset,
    "subset": _subset,
    "unordered": _unordered,
    "strict": _strict,
}
