"""How a judge compares with people: agreement, bias, confusion, and how sure one can be of it; pure."""

import math
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_Z95 = 1.959964
# Enough for two digits of an interval's ends; the seed makes the same file give the same interval.
_RESAMPLES = 2000
_SEED = 20261129
# Labels that people write for true and false.
_TRUE, _FALSE = frozenset({"true", "yes", "1", "1.0"}), frozenset({"false", "no", "0", "0.0"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A number with the ends of its 95 % confidence interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberCalibration:
    """Of numbers from 0 to 1: ``bias`` is judge less person, ``alpha`` None where it is not defined."""

    pairs: int
    bias: Interval
    error: float
    correlation: float | None
    alpha: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryCalibration:
    """Of categories: the share that agrees, Cohen's kappa (None where not defined), and how often each pair is."""

    pairs: int
    agreement: Interval
    kappa: float | None
    confusion: dict[tuple[str, str], int]


def calibrate_numbers(pairs: Sequence[tuple[float, float]]) -> NumberCalibration:
    """Compare (person, judge) pairs of numbers; at least one."""
    differences = [judge - person for person, judge in pairs]
    return NumberCalibration(
        pairs=len(pairs),
        bias=_bootstrapped(differences, _mean),
        error=_mean([abs(difference) for difference in differences]),
        correlation=_correlation(pairs),
        alpha=_alpha(pairs),
    )


def calibrate_categories(pairs: Sequence[tuple[str, str]]) -> CategoryCalibration:
    """Compare (person, judge) pairs of categories; at least one."""
    same = sum(person == judge for person, judge in pairs)
    return CategoryCalibration(
        pairs=len(pairs), agreement=_wilson(same, len(pairs)), kappa=_kappa(pairs), confusion=dict(Counter(pairs))
    )


def truth(label: str) -> str | None:
    """True or false as people write it; None for anything else."""
    word = label.strip().casefold()
    return "true" if word in _TRUE else "false" if word in _FALSE else None


def _wilson(successes: int, trials: int) -> Interval:
    """Source: Wilson, Probable inference, the law of succession, and statistical inference, JASA 22, 1927."""
    share = successes / trials
    spread = _Z95 * math.sqrt(share * (1 - share) / trials + _Z95**2 / (4 * trials**2))
    middle, scale = share + _Z95**2 / (2 * trials), 1 + _Z95**2 / trials
    return Interval(value=share, low=max((middle - spread) / scale, 0.0), high=min((middle + spread) / scale, 1.0))


def _bootstrapped(values: Sequence[float], of: Callable[[Sequence[float]], float]) -> Interval:
    """Source: Efron, Bootstrap methods, Annals of Statistics 7, 1979; by percentiles."""
    chance = random.Random(_SEED)  # noqa: S311  # resampling is no secret
    found = sorted(of(chance.choices(values, k=len(values))) for _ in range(_RESAMPLES))
    return Interval(value=of(values), low=found[int(0.025 * _RESAMPLES)], high=found[int(0.975 * _RESAMPLES)])


def _kappa(pairs: Sequence[tuple[str, str]]) -> float | None:
    """Source: Cohen, A coefficient of agreement for nominal scales, 1960."""
    people, judges = Counter(person for person, _ in pairs), Counter(judge for _, judge in pairs)
    expected = sum(people[name] * judges[name] for name in people) / len(pairs) ** 2
    observed = sum(person == judge for person, judge in pairs) / len(pairs)
    return None if math.isclose(expected, 1) else (observed - expected) / (1 - expected)


def _correlation(pairs: Sequence[tuple[float, float]]) -> float | None:
    """Pearson's; None without variance."""
    people, judges = [person for person, _ in pairs], [judge for _, judge in pairs]
    middle_p, middle_j = _mean(people), _mean(judges)
    both = sum((p - middle_p) * (j - middle_j) for p, j in pairs)
    spread = math.sqrt(sum((p - middle_p) ** 2 for p in people) * sum((j - middle_j) ** 2 for j in judges))
    return both / spread if spread > 0 else None


def _alpha(pairs: Sequence[tuple[float, float]]) -> float | None:
    """Krippendorff's, between the judge and the person; None without variance."""
    import krippendorff

    values = {value for pair in pairs for value in pair}
    if len(values) < 2:  # noqa: PLR2004  # all the same
        return None
    return float(krippendorff.alpha(list(zip(*pairs, strict=True)), level_of_measurement="interval"))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
