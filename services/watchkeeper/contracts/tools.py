"""Rules about the tools of a run.

What is too much can be seen before a run ends; what is missing cannot, and only of services that report tools.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from watchkeeper.config.contracts import Match, ToolRules
from watchkeeper.contracts.finding import HOLDS, UNREPORTED, Finding, Found, Rule, Run

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


def shown(tools: Sequence[str]) -> str:
    """Names in their order, the first ones."""
    more = len(tools) - _SHOWN
    names = ", ".join(tools[:_SHOWN])
    return (f"{names} and {more} more" if more > 0 else names) or "none"


def missing(needed: Mapping[str, int], where: str) -> Rule:
    """Each of the tools must have run so often."""
    items = tuple(needed.items())

    def rule(run: Run) -> Found:
        used = run.settled
        skipped = [item for item in items if used.count(item[0]) < item[1]]
        if not skipped:
            return HOLDS
        if reason := run.missing("tools") or run.cut:
            return (reason,)
        return [
            Finding(
                type="tool_skipped",
                rule=where,
                expected=tool if count == 1 else f"{count} runs of {tool}",
                observed=shown(used),
                tool=tool,
            )
            for tool, count in skipped
        ]

    return rule


def _superset(expect: Sequence[str]) -> Rule:
    return missing(Counter(expect), "tools.expect")


def _subset(expect: Sequence[str]) -> Rule:
    return _nothing_else(Counter(expect))


def _unordered(expect: Sequence[str]) -> Rule:
    superset, subset = _superset(expect), _subset(expect)

    def rule(run: Run) -> Found:
        return (*superset(run), *subset(run))

    return rule


def _strict(expect: Sequence[str]) -> Rule:
    """The same multiset first: a tool that is missing is the better message than another order."""
    unordered, wanted = _unordered(expect), list(expect)

    def rule(run: Run) -> Found:
        found, used = unordered(run), run.settled
        if found or used == wanted:
            return found
        tool = next(tool for tool, other in zip(used, wanted, strict=False) if tool != other)
        return (
            Finding(type="tool_order", rule="tools.expect", expected=shown(wanted), observed=shown(used), tool=tool),
        )

    return rule


def _nothing_else(allowed: Mapping[str, int]) -> Rule:
    """No tool may run more often than it is expected."""

    def rule(run: Run) -> Found:
        used = run.settled
        surplus = [tool for tool, count in Counter(used).items() if count > allowed.get(tool, 0)]
        if not surplus:
            return unseen(run)
        return [
            Finding(
                type="unexpected_tool",
                rule="tools.expect",
                expected=f"{allowed[tool]} runs of {tool}" if tool in allowed else f"only {shown(list(allowed))}",
                observed=shown(used),
                tool=tool,
            )
            for tool in surplus
        ]

    return rule


def _at_most(tool: str, most: int) -> Rule:
    """Tries that failed count as well: they cost as much."""

    def rule(run: Run) -> Found:
        count = run.tools.count(tool)
        if count <= most:
            return unseen(run)
        return (
            Finding(
                type="unexpected_tool",
                rule="tools.at_most",
                expected=f"at most {most} runs of {tool}",
                observed=f"{count} runs",
                tool=tool,
            ),
        )

    return rule


def _before(first: str, then: str) -> Rule:
    """Nothing is wrong where the second tool never ran."""

    def rule(run: Run) -> Found:
        used = run.tools
        if then not in used:
            return unseen(run)
        if first in used[: used.index(then)]:
            return HOLDS
        expected = f"{first} before {then}"
        return (
            run.unfinished
            or Finding(type="tool_order", rule="tools.before", expected=expected, observed=shown(used), tool=then),
        )

    return rule


def unseen(run: Run) -> Found:
    """Why there may be tools that no one saw; a run that failed ran no others."""
    if "tools" not in run.signals:
        return (UNREPORTED["tools"],)
    return (run.cut,) if run.cut else HOLDS


_MODES: Mapping[Match, Callable[[Sequence[str]], Rule]] = {
    "superset": _superset,
    "subset": _subset,
    "unordered": _unordered,
    "strict": _strict,
}
