"""One expression of PromQL in, every expression that is wrong in one place out."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta

import promql_parser as promql

# A third more or less: a case just under the limit and one just over it see that; cases far from it do not.
FACTOR = 1.5
_FLIPPED = {
    ">": "<",
    "<": ">",
    ">=": "<=",
    "<=": ">=",
    "==": "!=",
    "!=": "==",
    "*": "/",
    "/": "*",
    "+": "-",
    "-": "+",
}
_SETS = {"and", "or", "unless"}
# By name: the parser's own values cannot be keys.
_NEGATED = {
    "MatchOp.Equal": promql.MatchOp.NotEqual,
    "MatchOp.NotEqual": promql.MatchOp.Equal,
    "MatchOp.Re": promql.MatchOp.NotRe,
    "MatchOp.NotRe": promql.MatchOp.Re,
}
_PATTERNS = {"MatchOp.Re", "MatchOp.NotRe"}
# Prometheus refuses a selector without a name that only leaves something out.
_CHOOSING = {"MatchOp.Equal", "MatchOp.Re"}
# The parser reads escapes and prints none; this stands for a backslash meanwhile.
_BACKSLASH = "\ue000"


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongExpression:
    """An expression with one error, and what the error is: ``before`` became ``after``."""

    text: str
    before: str
    after: str


def wrong_expressions(text: str) -> Iterator[WrongExpression]:
    """Yield the expression with each of its parts made wrong, one at a time."""
    for wrong in _unescaped(text.replace("\\", _BACKSLASH)):
        yield WrongExpression(**{field: shown.replace(_BACKSLASH, "\\") for field, shown in asdict(wrong).items()})


def reprinted(text: str) -> str:
    """Return the expression as the parser prints it; it must mean the same."""
    return str(promql.parse(text.replace("\\", _BACKSLASH))).replace(_BACKSLASH, "\\")


def _unescaped(text: str) -> Iterator[WrongExpression]:
    whole = promql.parse(text)
    nodes: list[promql.Expr] = []
    promql.walk(whole, nodes.append)
    inside_ranges = {i + 1 for i, node in enumerate(nodes) if isinstance(node, promql.MatrixSelector)}
    for place, node in enumerate(nodes):
        if place not in inside_ranges:
            for wrong in dict.fromkeys(_wrong(node)):
                yield WrongExpression(text=_with(whole, place, wrong), before=str(node), after=wrong)


def _with(whole: promql.Expr, place: int, text: str) -> str:
    """The expression with another part at one place, counted as ``walk`` goes."""
    passed = -1

    def swap(_node: promql.Expr) -> promql.Expr | None:
        nonlocal passed
        passed += 1
        return promql.parse(f"({text})" if place else text) if passed == place else None

    return str(promql.transform(whole, swap))


def _wrong(node: promql.Expr) -> Iterator[str]:
    match node:
        case promql.BinaryExpr():
            yield from _wrong_operations(node)
        case promql.NumberLiteral():
            yield from _wrong_numbers(node.val)
        case promql.VectorSelector():
            yield from (selector + _offset(node) for selector in _wrong_selectors(node))
            yield from _without_offset(node, "")
        case promql.MatrixSelector():
            yield from _wrong_windows(node)


def _wrong_operations(node: promql.BinaryExpr) -> Iterator[str]:
    operator = str(node.op)
    if operator in _SETS:
        yield str(node.lhs)
    if operator == "or":
        yield str(node.rhs)
    if operator in _FLIPPED:
        modifier = f" {node.modifier}" if node.modifier and str(node.modifier) else ""
        yield f"{node.lhs} {_FLIPPED[operator]}{modifier} {node.rhs}"


def _wrong_numbers(value: float) -> Iterator[str]:
    # One event must be enough where the limit is 0, so 2 is wrong; 1 would not be, for counts are extrapolated.
    wrong = (value * FACTOR, value / FACTOR) if value else (2.0, -1.0)
    yield from (f"{number:.6g}" for number in wrong)


def _wrong_windows(node: promql.MatrixSelector) -> Iterator[str]:
    """Selectors and offsets of a window; its length is in the hands of the function around it."""
    selector, window = node.vector_selector, f"[{promql.display_duration(node.range)}]"
    yield from (wrong + window + _offset(selector) for wrong in _wrong_selectors(selector))
    yield from _without_offset(selector, window)


def _without_offset(selector: promql.VectorSelector, window: str) -> Iterator[str]:
    if selector.offset:
        yield f"{selector.name or ''}{selector.matchers}{window}"


def _wrong_selectors(selector: promql.VectorSelector) -> Iterator[str]:
    """The selector without one matcher, and with another value or the opposite operator in it."""
    matchers = selector.matchers.matchers
    for place, matcher in enumerate(matchers):
        for replaced in ((), *((wrong,) for wrong in _wrong_matchers(matcher))):
            changed = [*matchers[:place], *replaced, *matchers[place + 1 :]]
            if selector.name or any(str(left.op) in _CHOOSING for left in changed):
                yield f"{selector.name or ''}{promql.Matchers(changed)}"


def _wrong_matchers(matcher: promql.Matcher) -> Iterator[promql.Matcher]:
    yield promql.Matcher(_NEGATED[str(matcher.op)], matcher.name, matcher.value)
    yield promql.Matcher(matcher.op, matcher.name, f"{matcher.value}x")
    choices = matcher.value.split("|")
    if str(matcher.op) in _PATTERNS and len(choices) > 1 and "(" not in matcher.value:
        for choice in choices:
            left = "|".join(other for other in choices if other != choice)
            yield promql.Matcher(matcher.op, matcher.name, left)


def _offset(selector: promql.VectorSelector) -> str:
    offset: timedelta | None = selector.offset
    if not offset:
        return ""
    sign = "-" if offset < timedelta() else ""
    return f" offset {sign}{promql.display_duration(abs(offset))}"
