"""What differs between bill and estimate, as one line for people. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from watchkeeper.analyzer.bills.compared import ComparedDay, Sides, together

_MOST_MODELS, _MOST_DAYS, _MOST_TIERS = 3, 3, 3
_CENT = Decimal("0.01")
# Prometheus refuses a scrape with a longer label (label_value_length_limit of prometheus.yml is 1024 bytes).
_MOST_BYTES = 1_000


def sentence(last: ComparedDay, month: Sequence[ComparedDay]) -> str:
    """Both sides of the last final day and of the month, then the models, days and tiers that make the difference."""
    parts = [f"{last.day}: {_both(last.whole)}.", f"Month to date ({_days(month)}): {_both(_whole(month))}."]
    parts += _models(together(month)) if _whole(month).difference else _models(last.models)
    parts += _apart(month)
    parts += _tiers(month)
    if unpriced := sum(day.unpriced for day in month):
        parts.append(f"Calls without a price: {unpriced}.")
    return " ".join(parts).encode()[:_MOST_BYTES].decode(errors="ignore")


def _models(models: Mapping[str, Sides]) -> Iterator[str]:
    ranked = sorted(models.items(), key=lambda one: (-abs(one[1].difference), one[0]))
    named = [f"{name} {_signed(sides)}" for name, sides in ranked[:_MOST_MODELS] if _cents(sides.difference)]
    if named:
        yield f"By model: {', '.join(named)}."


def _apart(month: Sequence[ComparedDay]) -> Iterator[str]:
    ranked = sorted(month, key=lambda one: (-abs(one.whole.difference), one.day))
    named = [f"{day.day} {_signed(day.whole)}" for day in ranked[:_MOST_DAYS] if _cents(day.whole.difference)]
    if named:
        yield f"By day: {', '.join(named)}."


def _tiers(month: Sequence[ComparedDay]) -> Iterator[str]:
    tiers: dict[str, Decimal] = {}
    for day in month:
        for tier, usd in day.tiers.items():
            tiers[tier] = tiers.get(tier, Decimal(0)) + usd
    ranked = sorted(tiers.items(), key=lambda one: (-abs(one[1]), one[0]))
    if ranked:
        named = [f"{tier} ${_cents(usd):,}" for tier, usd in ranked[:_MOST_TIERS]]
        yield f"Tiers on the bill: {', '.join(named)}."


def _whole(days: Sequence[ComparedDay]) -> Sides:
    return sum((day.whole for day in days), Sides())


def _days(days: Sequence[ComparedDay]) -> str:
    return "1 day" if len(days) == 1 else f"{len(days)} days"


def _both(sides: Sides) -> str:
    return f"billed ${_cents(sides.billed):,}, estimated ${_cents(sides.estimated):,}"


def _signed(sides: Sides) -> str:
    """How much more the bill has, in dollars and where that says something as a share of the estimate."""
    off = sides.difference
    share = f" ({off / sides.estimated:+.1%})" if sides.estimated > 0 else ""
    return f"{'-' if off < 0 else '+'}${_cents(abs(off)):,}{share}"


def _cents(usd: Decimal) -> Decimal:
    return usd.quantize(_CENT)
