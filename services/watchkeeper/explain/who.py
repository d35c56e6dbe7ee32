"""Whose change it is: the one label that stands out, and the calls that it has.

A label stands out where it has most of the change and moved by far more than the others.
Source: "explanatory power" and "surprise" of R. Bhagwan and others, Adtributor: Revenue Debugging in Advertising
Systems, NSDI 2014, with the proportion of relative changes in the place of the divergence.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from watchkeeper.explain.cells import Cell, Factor, Part

# From what says most to what says least, where several labels have the same calls: a prompt decides what goes into a
# model and how much comes out, the model how long that takes, what it costs and whether it fails.
_ORDER = ("branch", "score", "prompt_version", "prompt", "tenant", "model", "service")
_MODEL_FIRST = ("model", *(level for level in _ORDER if level != "model"))
_OF_MODELS = frozenset(
    {Factor.PRICE, Factor.SECONDS_PER_TOKEN, Factor.SECONDS, Factor.ERRORS, Factor.RATE_LIMITS, Factor.TIMEOUTS}
)
# What no sender reported has no name.
_NAMELESS = frozenset({"", "default", "unknown"})
# Half of the change at least, and relative to what it had three times as much as all others.
_COVERS, _STANDS_OUT = 0.5, 3.0
# Labels that cover nearly the same have nearly the same calls: the smaller one says more.
_ALIKE = 0.05
# New calls: of one label where it has half of them, and a fifth more than it had of the calls before. Where it has many
# more than there are, they came from other labels: that is mix.
_MORE_THAN_BEFORE, _MIX = 0.2, 1.25
# Its own calls must have changed by a fifth: less is what traffic does from hour to hour.
_GROWN = 0.2
_MOST_LABELS = 3


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Who:
    """A label and its value; a version has its prompt before it."""

    level: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Grown:
    """A label that has ``share`` of all new calls, and its calls per hour."""

    who: Who
    share: float
    before: float
    after: float


def who_grew(cells: Sequence[Cell], levels: Sequence[str]) -> Grown | None:
    """Return the label that most new, or missing, calls have, if it had far fewer of the calls before."""
    weights = [(cell.before.weight if cell.before else 0.0, cell.after.weight if cell.after else 0.0) for cell in cells]
    old, new = (sum(one[place] for one in weights) for place in (0, 1))
    if old == new or min(old, new) <= 0:
        return None
    best: tuple[float, Grown] | None = None
    for place, level in enumerate(levels):
        by_label: dict[str, list[tuple[float, float]]] = defaultdict(list)
        for cell, weight in zip(cells, weights, strict=True):
            by_label[cell.labels[place]].append(weight)
        for label, members in by_label.items():
            before, after = (sum(one[side] for one in members) for side in (0, 1))
            share = (after - before) / (new - old)
            lift = share - before / old
            if label in _NAMELESS or abs(after - before) < _GROWN * before:
                continue
            if _COVERS <= share <= _MIX and lift >= _MORE_THAN_BEFORE:
                who = Who(level=level, label=label)
                if best is None or lift > best[0] + _ALIKE:
                    best = (lift, Grown(who=who, share=min(share, 1.0), before=before, after=after))
    return best[1] if best else None


def single_out(parts: Sequence[Part]) -> Iterator[tuple[Who | None, Sequence[Part]]]:
    """Yield labels that stand out with their parts of one factor, then all other parts."""
    rest = list(parts)
    for _ in range(_MOST_LABELS):
        who = _who(rest)
        if who is None:
            break
        yield who, [part for part in rest if _has(part, who)]
        rest = [part for part in rest if not _has(part, who)]
    if rest:
        yield _branch(rest), rest


def _who(parts: Sequence[Part]) -> Who | None:
    """The label that has most of a change, and moved by far more than all others in proportion to what they had."""
    whole = sum(part.amount for part in parts)
    size = sum(part.size for part in parts)
    covered: dict[Who, tuple[float, float]] = {}
    for who, members in _by_who(parts).items():
        amount, own = sum(part.amount for part in members), sum(part.size for part in members)
        others = abs(whole - amount) * own * _STANDS_OUT
        if whole and amount / whole >= _COVERS and own < size and abs(amount) * (size - own) >= others:
            covered[who] = (min(amount / whole, 1.0), own)
    most = max((covers for covers, _ in covered.values()), default=0.0)
    alike = [who for who, (covers, _) in covered.items() if covers >= most - _ALIKE]
    smallest = min((covered[who][1] for who in alike), default=0.0)
    order = _MODEL_FIRST if parts and parts[0].factor in _OF_MODELS else _ORDER
    nearly = (who for who in alike if covered[who][1] <= smallest * (1 + _ALIKE))
    return min(nearly, key=lambda who: (order.index(who.level), who.label), default=None)


def _branch(parts: Sequence[Part]) -> Who | None:
    """The branch that leads to review: a service has one, which stands out among none."""
    branches = {part.row.get("branch", "") for part in parts}
    label = branches.pop()
    return Who(level="branch", label=label) if label and not branches else None


def _by_who(parts: Sequence[Part]) -> Mapping[Who, list[Part]]:
    found: dict[Who, list[Part]] = defaultdict(list)
    for part in parts:
        for who in labels_of(part.row):
            found[who].append(part)
    return found


def labels_of(row: Mapping[str, str]) -> Iterator[Who]:
    """The labels that a row can be called by."""
    for level, label in row.items():
        if label not in _NAMELESS:
            named = f"{row.get('prompt') or 'unnamed'}/{label}" if level == "prompt_version" else label
            yield Who(level=level, label=named)


def _has(part: Part, who: Who) -> bool:
    return who in labels_of(part.row)
