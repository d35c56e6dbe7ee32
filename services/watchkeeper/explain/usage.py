"""Cost and tokens of calls, as accounts: calls times what a call takes, for each kind of token, times the price."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from watchkeeper.explain.cells import Account, Calls, Cell, Factor, Side, Value
from watchkeeper.explain.prices import ONE_EACH, TokenPrices
from watchkeeper.explain.samples import Row, Sample, Samples, row_of, sums
from watchkeeper.explain.shapley import Factors

Prices = Callable[[str, str], TokenPrices]

LEVELS = ("tenant", "prompt", "model", "prompt_version")
FACTORS = (
    Factor.TOKENS_IN, Factor.CACHED_SHARE, Factor.CACHE_WRITES, Factor.TOKENS_OUT, Factor.PRICE, Factor.FEES,
)  # fmt: skip
_NOTED = 0.01
# Outcomes of calls that are tried again.
FAILED = ("error", "rate_limited", "timeout")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taken:
    """What the calls of a row took per hour; ``failed`` are among ``calls``."""

    calls: float
    failed: float
    tokens: Mapping[str, float]
    cost: float


def cost_accounts(samples: Samples, prices: Prices) -> Iterator[Account]:
    """One account for each service: US dollars per hour."""
    return (_account(samples.of(service), service, prices) for service in samples.services())


def token_accounts(samples: Samples) -> Iterator[Account]:
    """One account for each service: input and output tokens per hour."""
    counted = Samples(before=_tokens_as_cost(samples.before), after=_tokens_as_cost(samples.after))
    return cost_accounts(counted, lambda _provider, _model: ONE_EACH)


def per_call(accounts: Iterator[Account]) -> Iterator[Account]:
    """The same as one mean over all services: what a call takes, however many there are."""
    found = list(accounts)
    if not found:
        return
    cells = [
        Cell(labels=(one.service, *cell.labels), before=cell.before, after=cell.after, value=cell.value)
        for one in found
        for cell in one.cells
    ]
    first = found[0]
    yield Account(
        service=first.service if len(found) == 1 else "",
        levels=("service", *LEVELS),
        factors=FACTORS,
        merge=first.merge,
        cells=tuple(cells),
        notes=tuple(note for one in found for note in one.notes),
    )


def _account(samples: Samples, service: str, prices: Prices) -> Account:
    taken = [_rows(side) for side in samples.both]
    billed = [_billed_share(side, rows) for side, rows in zip(samples.both, taken, strict=True)]
    providers = _providers(samples)
    cells = []
    for row in sorted(taken[0].keys() | taken[1].keys()):
        listed = prices(providers[row], row[LEVELS.index("model")])
        before, after = (_side(rows.get(row), share, listed) for rows, share in zip(taken, billed, strict=True))
        if before or after:
            cells.append(Cell(labels=row, before=before, after=after, value=_value(listed)))
    return Account(
        service=service,
        levels=LEVELS,
        factors=FACTORS,
        merge=merge,
        cells=tuple(cells),
        calls=_calls(samples, taken, cells),
        notes=tuple(_notes(taken, lambda row: prices(providers[row], row[LEVELS.index("model")]))),
    )


def _notes(taken: Sequence[Mapping[Row, _Taken]], prices: Callable[[Row], TokenPrices]) -> Iterator[str]:
    """What is not known of a hundredth of the cost, or of the calls: how it is split, or what it is."""
    rows = [(row, one) for side in taken for row, one in side.items()]
    cost, calls = sum(one.cost for _, one in rows), sum(one.calls for _, one in rows)
    unlisted: dict[str, float] = defaultdict(float)
    unpriced: dict[str, float] = defaultdict(float)
    for row, one in rows:
        model = row[LEVELS.index("model")]
        if one.cost > 0 and not prices(row).is_listed:
            unlisted[model] += one.cost / cost
        if one.cost == 0 and one.tokens["input"] + one.tokens["output"] > 0:
            unpriced[model] += one.calls / calls
    for model in sorted(name for name, share in unlisted.items() if share > _NOTED):
        yield f"model {model} is not in the price list: its cost is split by usual proportions"
    for model in sorted(name for name, share in unpriced.items() if share > _NOTED):
        yield f"calls of model {model} have no price: their cost is missing"


def _providers(samples: Samples) -> Mapping[Row, str]:
    """The provider of each row; samples that have none, as scores, say nothing of it, in whatever order they come."""
    key = row_of(LEVELS)
    found: dict[Row, str] = defaultdict(str)
    for one in (*samples.both[0], *samples.both[1]):
        found[key(one.labels)] = max(found[key(one.labels)], one.labels.get("provider", ""))
    return found


def _rows(side: Sequence[Sample]) -> Mapping[Row, _Taken]:
    key = row_of(LEVELS)
    calls = sums(side, "requests", key)
    failed = sums([one for one in side if one.labels.get("status") in FAILED], "requests", key)
    cost = sums(side, "cost", key)
    tokens = sums(side, "tokens", row_of((*LEVELS, "type")))
    kinds = ("input", "output", "cached_input", "cache_write")
    return {
        row: _Taken(
            calls=calls.get(row, 0.0),
            failed=failed.get(row, 0.0),
            tokens={kind: tokens.get((*row, kind), 0.0) for kind in kinds},
            cost=cost.get(row, 0.0),
        )
        for row in calls.keys() | cost.keys()
    }


def _billed_share(side: Sequence[Sample], rows: Mapping[Row, _Taken]) -> float:
    """The share of failed calls that took tokens: what was tried again in vain and paid for."""
    failed = sum(one.failed for one in rows.values())
    completed = sum(one.calls for one in rows.values()) - failed
    billed = sum(one.per_hour for one in side if one.amount == "billed")
    return min(max((billed - completed) / failed, 0.0), 1.0) if failed > 0 else 0.0


def _side(taken: _Taken | None, billed: float, prices: TokenPrices) -> Side | None:
    if taken is None or taken.calls <= 0:
        return None
    weight = taken.calls - taken.failed * (1.0 - billed)
    if weight <= 0:
        if not taken.cost:
            return None
        weight = taken.calls
    tokens_in, tokens_out = taken.tokens["input"] / weight, taken.tokens["output"] / weight
    total = taken.tokens["input"] or 1.0
    cached = min(taken.tokens["cached_input"] / total, 1.0)
    written = min(taken.tokens["cache_write"] / total, 1.0 - cached)
    listed, real = prices.per_call(tokens_in, cached, written, tokens_out), taken.cost / weight
    price, fees = (real / listed, 0.0) if listed > 0 else (1.0, real)
    return Side(weight=weight, factors=(tokens_in, cached, written, tokens_out, price, fees))


def _value(prices: TokenPrices) -> Value:
    return partial(_cost, prices)


def _cost(prices: TokenPrices, factors: Factors) -> float:
    tokens_in, cached, written, tokens_out, price, fees = factors
    return price * prices.per_call(tokens_in, cached, written, tokens_out) + fees


def merge(value: Value, sides: Sequence[Side]) -> Side:
    """The calls of several cells of one group as one: its value is their mean."""
    weight = sum(side.weight for side in sides)
    tokens_in, tokens_out, fees = (
        sum(side.weight * side.factors[place] for side in sides) / weight for place in (0, 3, 5)
    )
    shares = [
        sum(side.weight * side.factors[0] * side.factors[place] for side in sides) / (weight * tokens_in or 1.0)
        for place in (1, 2)
    ]
    real = sum(side.weight * (value(side.factors) - side.factors[5]) for side in sides) / weight
    listed = value((tokens_in, *shares, tokens_out, 1.0, 0.0))
    price = real / listed if listed > 0 else 1.0
    return Side(weight=weight, factors=(tokens_in, *shares, tokens_out, price, fees))


def _calls(samples: Samples, taken: Sequence[Mapping[Row, _Taken]], cells: Sequence[Cell]) -> tuple[Calls, Calls]:
    """Runs, calls per run and billed attempts per call; without runs in both windows a call is a run."""
    completed = [sum(one.calls - one.failed for one in rows.values()) for rows in taken]
    weights = [
        sum(side.weight for cell in cells if (side := cell.before if place == 0 else cell.after)) for place in (0, 1)
    ]
    runs = [sum(one.per_hour for one in side if one.amount == "runs") for side in samples.both]
    has_runs, has_calls = min(runs) > 0, min(completed) > 0
    found = []
    for weight, count, run in zip(weights, completed, runs, strict=True):
        if not has_calls:
            found.append(Calls(runs=weight))
        elif not has_runs:
            found.append(Calls(runs=count, attempts=weight / count))
        else:
            found.append(Calls(runs=run, calls_per_run=count / run, attempts=weight / count))
    return found[0], found[1]


def _tokens_as_cost(side: Sequence[Sample]) -> list[Sample]:
    """The tokens, and once more in the place of what they cost."""
    cost = [
        Sample(amount="cost", labels=one.labels, per_hour=one.per_hour)
        for one in side
        if one.amount == "tokens" and one.labels.get("type") in ("input", "output")
    ]
    return [one for one in side if one.amount != "cost"] + cost
