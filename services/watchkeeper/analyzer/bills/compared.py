"""A day of a bill beside the estimate of the same day. Pure."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from watchkeeper.analyzer.bills.billed import BilledDay, text_of
from watchkeeper.analyzer.bills.estimate import DayEstimate
from watchkeeper.config.provider_bills import ProviderBill

# A snapshot of a model: gpt-4o-2024-08-06, claude-sonnet-4-20250514, claude-3-5-haiku-latest.
_SNAPSHOT = re.compile(r"-(20\d\d-?\d\d-?\d\d|latest)$")
_NOT_OF_A_MODEL = "not of a model"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """What was billed and what was estimated, in US dollars."""

    billed: Decimal = Decimal(0)
    estimated: Decimal = Decimal(0)

    @property
    def difference(self) -> Decimal:
        """How much more was billed; below 0 how much less."""
        return self.billed - self.estimated

    def __add__(self, other: "Sides") -> "Sides":
        """Both together."""
        return Sides(billed=self.billed + other.billed, estimated=self.estimated + other.estimated)


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedDay:
    """Both sides by model, what the bill has by tier other than the usual one, and calls without a price."""

    day: date
    models: Mapping[str, Sides]
    tiers: Mapping[str, Decimal]
    unpriced: int = 0

    @property
    def whole(self) -> Sides:
        """All models together."""
        return sum(self.models.values(), Sides())


def compare(bill: ProviderBill, billed: BilledDay, estimate: DayEstimate) -> ComparedDay:
    """Lay both beside each other, by the name that a model has without its maker and its snapshot."""
    models: defaultdict[str, Sides] = defaultdict(Sides)
    tiers: defaultdict[str, Decimal] = defaultdict(Decimal)
    for item in billed.items:
        models[common_name(item.model) or _NOT_OF_A_MODEL] += Sides(billed=item.usd)
        if item.tier not in ("", "standard"):
            tiers[item.tier] += item.usd
    for (service, provider, model), usd in estimate.usd.items():
        if bill.covers(service, provider):
            models[common_name(model) or "unknown"] += Sides(estimated=usd)
    # Services are no label of what is unpriced.
    unpriced = sum(calls for (provider, _), calls in estimate.unpriced.items() if bill.covers("", provider))
    return ComparedDay(day=billed.day, models=dict(models), tiers=dict(tiers), unpriced=unpriced)


def together(days: Iterable[ComparedDay]) -> dict[str, Sides]:
    """Both sides of several days, by model."""
    models: defaultdict[str, Sides] = defaultdict(Sides)
    for day in days:
        for model, sides in day.models.items():
            models[model] += sides
    return dict(models)


def largest(models: Mapping[str, Sides], most: int) -> dict[str, Sides]:
    """Those with most dollars on either side; the rest is one named other."""
    ranked: Sequence[tuple[str, Sides]] = sorted(
        models.items(), key=lambda one: (-max(abs(one[1].billed), abs(one[1].estimated)), one[0])
    )
    kept = dict(ranked[:most])
    if rest := [sides for _, sides in ranked[most:]]:
        kept["other"] = sum(rest, kept.get("other", Sides()))
    return kept


def common_name(model: str) -> str:
    """A model's name as both sides have it: openai/gpt-4o-2024-08-06 is gpt-4o."""
    return _SNAPSHOT.sub("", text_of(model).lower().rpartition("/")[2])
