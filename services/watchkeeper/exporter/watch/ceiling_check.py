"""May a run, session, agent or user go on, as far as ceilings are concerned? For gateways and hooks that ask."""

from collections.abc import Iterator
from decimal import Decimal

import msgspec

from watchkeeper.config.ceilings import Per
from watchkeeper.config.matching import BudgetMatch
from watchkeeper.exporter.watch.budget_check import WARN_FROM, Decision, decide, strictest
from watchkeeper.exporter.watch.budgets import Payer, is_one_of
from watchkeeper.exporter.watch.ceilings import CeilingBook
from watchkeeper.exporter.watch.tally import Tally
from watchkeeper.model import Context

_MILLIONTH = Decimal("0.000001")
_SECOND = Decimal("0.001")


class CeilingState(msgspec.Struct, frozen=True, kw_only=True):
    """One ceiling's answer: what was used and what is allowed of what it limits."""

    ceiling: str
    per: str
    decision: Decision
    used: dict[str, Decimal]
    allowed: dict[str, Decimal]


def check_ceilings(
    book: CeilingBook, asked: tuple[Payer, Context], estimated_usd: Decimal, now: float
) -> Iterator[CeilingState]:
    """Evaluate the next call of whoever the question names, by every ceiling that this may count in.

    ``asked`` are the labels that the question gives, empty where it does not, and the context as a call's would be.
    """
    payer, context = asked
    for name, ceiling in book.ceilings.items():
        if not (book.key(ceiling, context) and _may_match(ceiling.match, payer)):
            continue
        tally = book.tally(ceiling, context, now) or Tally(now, now)
        used = {limit: _used(tally, limit, ceiling.per, now) for limit in book.limits[name]}
        allowed = book.limits[name]
        decisions = [_decide(limit, used[limit], allowed[limit], estimated_usd) for limit in allowed]
        yield CeilingState(ceiling=name, per=ceiling.per, decision=strictest(decisions), used=used, allowed=allowed)


def _may_match(match: BudgetMatch, payer: Payer) -> bool:
    """Whether nothing that the question gives is against it."""
    given = ((getattr(payer, label), patterns) for label, patterns in match)
    return all(not value or patterns is None or is_one_of(value, patterns) for value, patterns in given)


def _used(tally: Tally, limit: str, per: Per, now: float) -> Decimal:
    """As counted; a run and a session last until the next call, by when the first one came."""
    used = tally.used(limit, per)
    if limit == "seconds" and per in ("run", "session"):
        used = max(used, Decimal(str(now - tally.begun)))
    return used.quantize(_SECOND if limit == "seconds" else _MILLIONTH) if limit in ("seconds", "cost_usd") else used


def _decide(limit: str, used: Decimal, allowed: Decimal, estimated_usd: Decimal) -> Decision:
    if limit == "cost_usd":
        return decide(used, allowed, estimated_usd)
    if used >= allowed:
        return "deny"
    return "warn" if used >= WARN_FROM * allowed else "allow"
