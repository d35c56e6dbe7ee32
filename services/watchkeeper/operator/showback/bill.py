"""A bill: what each one spent, to the cent, and what is no one's. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from enum import StrEnum

_CENT = Decimal("0.01")
# The label of calls that no one named a team, a tenant or a service for; of users the label is none at all.
_NO_ONE = {"team": "unassigned", "tenant": "default", "service": "unknown"}


class Kind(StrEnum):
    """What a line is about."""

    SPENDER = "spender"
    # Calls of no known one, and of those beyond the limit of a label.
    UNATTRIBUTED = "unattributed"
    BEYOND_LIMIT = "beyond_limit"
    # Only calls: what they cost is not known.
    UNPRICED = "unpriced"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Dollars and calls of one spender; what is not known is None."""

    usd: Decimal | None = None
    calls: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line; ``usd`` has two places, and is None where no one knows it."""

    kind: Kind
    name: str
    usd: Decimal | None
    calls: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """The lines of a month, those who spent most first; their dollars sum up to ``total_usd`` exactly."""

    month: str
    by: str
    lines: Sequence[Line]
    total_usd: Decimal
    notes: Sequence[str] = ()


def make_bill(
    month: str, by: str, spent: Mapping[str, Spent], unpriced: Mapping[str, int], notes: Iterable[str]
) -> Bill:
    """Bill what was spent; ``unpriced`` are calls without a price, by what they are."""
    cents = in_cents({name: one.usd or Decimal(0) for name, one in spent.items()})
    lines = [
        Line(kind=_kind(by, name), name=_shown(name), usd=cents[name], calls=one.calls)
        for name, one in spent.items()
        if one.usd or one.calls
    ]
    order = list(Kind)
    lines.sort(key=lambda line: (order.index(line.kind), -(line.usd or 0), line.name))
    missing = [Line(kind=Kind.UNPRICED, name=name, usd=None, calls=calls) for name, calls in sorted(unpriced.items())]
    total = sum(cents.values(), Decimal(0)).quantize(_CENT)
    return Bill(month=month, by=by, lines=(*lines, *missing), total_usd=total, notes=tuple(notes))


def in_cents(amounts: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Round each to the cent so that they sum up to the rounded sum: the largest remainders get the cents left over.

    Source: Hamilton's method of apportionment.
    """
    floors = {name: amount.quantize(_CENT, ROUND_FLOOR) for name, amount in amounts.items()}
    total = sum(amounts.values(), Decimal(0)).quantize(_CENT, ROUND_HALF_EVEN)
    left = int((total - sum(floors.values(), Decimal(0))) / _CENT)
    by_remainder = sorted(amounts, key=lambda name: (floors[name] - amounts[name], name))
    one_more = frozenset(by_remainder[:left])
    return {name: floors[name] + _CENT * (name in one_more) for name in amounts}


def with_rest(known: Mapping[str, Spent], total_usd: Decimal, total_calls: int) -> dict[str, Spent]:
    """Add what the parts that are known leave of a whole, as spent by no known one."""
    usd = total_usd - sum((one.usd or Decimal(0) for one in known.values()), Decimal(0))
    calls = total_calls - sum(one.calls or 0 for one in known.values())
    rest = known.get("", Spent(usd=Decimal(0), calls=0))
    return {**known, "": Spent(usd=(rest.usd or Decimal(0)) + usd, calls=(rest.calls or 0) + calls)}


def _kind(by: str, name: str) -> Kind:
    if name in ("", _NO_ONE.get(by)):
        return Kind.UNATTRIBUTED
    return Kind.BEYOND_LIMIT if name == "other" else Kind.SPENDER


def _shown(name: str) -> str:
    return name or "(not known)"
