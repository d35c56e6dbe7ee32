"""The two sides of an alert's expression: what is compared, and the limit. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from watchkeeper.engines.history import Series

_COMPARISONS = frozenset({">", ">=", "<", "<=", "==", "!="})


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """``value`` is compared with ``limit``; without a comparison the whole expression is the value."""

    value: str
    limit: str = ""


def condition_of(expression: str) -> Condition:
    """Return the first comparison of an expression: of ``max(a > 1 and b > 2)`` the one of ``a``."""
    # The parser is loaded where a page asks for it: the exporter needs it for nothing else.
    import promql_parser

    try:
        node = promql_parser.parse(expression)
    except ValueError:  # an experimental modifier
        return Condition(value=expression)
    inner = promql_parser.ParenExpr | promql_parser.AggregateExpr
    while isinstance(node, inner | promql_parser.BinaryExpr):
        if isinstance(node, inner):
            node = node.expr
        elif str(node.op).split()[0] in _COMPARISONS:
            return Condition(value=str(node.lhs), limit=str(node.rhs))
        else:
            node = node.lhs
    return Condition(value=expression)


def belonging(series: Sequence[Series], labels: Mapping[str, str]) -> list[Series]:
    """Those series whose every label an alert has: its own, and limits for all."""
    return [
        one
        for one in series
        if all(labels.get(name) == value for name, value in one.labels.items() if name != "__name__")
    ]
