"""False alarms, power, what buckets lose, and what a cycle costs; every figure from the analyzer's own code."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
from docs.reference.drift_figures import Cost, Power, Quiet, Shape
from scipy import stats
from tests.support.shapes import SHAPES, samples

from drift_measured.looks import DEFAULT, looks
from drift_measured.traffic import TOKENS, Simulated, windows_at
from watchkeeper.analyzer.comparison.conclude import conclude, drifting
from watchkeeper.analyzer.comparison.verdict import Verdict
from watchkeeper.analyzer.drift.choice import Kind
from watchkeeper.analyzer.drift.histogram import of_values
from watchkeeper.analyzer.drift.kolmogorov_smirnov import kolmogorov_smirnov_of
from watchkeeper.analyzer.drift.psi import psi, psi_by_deciles
from watchkeeper.analyzer.drift.wasserstein import wasserstein

SIZES = (100, 500, 5_000)
SHIFTS = (0.1, 0.25, 0.5, 1.0)
_SHAPE_SIZE = 20_000
# The first week has no verdicts; the shift begins on the third Monday at ten.
_FIRST_HOUR = 8 * 24
_SHIFT_HOUR = 14 * 24 + 10
_FOUND_WITHIN = 24


def quiet(count: int, days: int) -> Quiet:
    """Series without drift: of 400 to 100,000 values a day, with seasons from none to strong, and restless hours."""
    random = np.random.default_rng(3)
    series = [
        Simulated(
            kind=Kind.NUMERIC if number % 4 else Kind.CATEGORICAL,
            values_a_day=float(10 ** random.uniform(2.6, 5)),
            season=float(random.uniform(0, 1)),
            unrest=float(random.uniform(0, 0.2)),
            seed=3000 + number,
        )
        for number in range(count)
    ]
    said: Counter[str] = Counter()
    for _, conclusions in looks(series, _FIRST_HOUR, _FIRST_HOUR + days * 24):
        said.update(f"{one.verdict.value}: {one.reason.value}" for one in conclusions)
    return Quiet(count, days, dict(sorted(said.items())))


def power(count: int) -> Iterator[Power]:
    """Shifts of every size in series of every size."""
    for kind in (Kind.NUMERIC, Kind.CATEGORICAL):
        for values in SIZES:
            for shift in SHIFTS:
                yield _power(kind, values, shift, count)


def _power(kind: Kind, values: int, shift: float, count: int) -> Power:
    # Six busy hours have about a third of a day's values.
    series = [
        Simulated(
            kind=kind,
            values_a_day=values * 3.0,
            season=0.5,
            unrest=0.05,
            seed=9000 + number,
            shift=shift,
            shift_hour=_SHIFT_HOUR,
        )
        for number in range(count)
    ]
    drifted: dict[str, int] = {}
    moved: set[str] = set()
    for hour, conclusions in looks(series, _SHIFT_HOUR + 1, _SHIFT_HOUR + _FOUND_WITHIN):
        for one in drifting(conclusions):
            moved.add(one.service)
            if one.verdict is Verdict.DRIFTED:
                drifted.setdefault(one.service, hour - _SHIFT_HOUR)
    delay = float(np.median(list(drifted.values()))) if drifted else None
    return Power(kind.value, values, shift, count, len(drifted), len(moved), delay)


def shapes() -> Iterator[Shape]:
    """Each shape by scipy on all values, and by the analyzer on the buckets of tokens."""
    for name in SHAPES:
        values = samples(name, _SHAPE_SIZE)
        reference, current = (of_values(TOKENS, list(one)) for one in values)
        deciles = tuple(np.unique(np.quantile(values[0], np.linspace(0.1, 0.9, 9))))
        fine = psi(*(of_values(deciles, list(one)).counts for one in values))
        yield Shape(
            name,
            (float(stats.ks_2samp(*values).statistic), kolmogorov_smirnov_of(reference, current)),
            (float(stats.wasserstein_distance(*values)), wasserstein(reference, current)),
            (fine, psi_by_deciles(reference, current)),
        )


def cost(count: int) -> Cost:
    """A cycle's own work, beside that of Prometheus: histograms with all buckets, all methods, all windows."""
    simulated = Simulated(kind=Kind.NUMERIC, values_a_day=5_000, season=0.5, unrest=0.05, seed=1)
    hours = simulated.hours(_FIRST_HOUR)
    cumulative = np.vstack([np.zeros(hours.shape[1]), np.cumsum(hours, axis=0)])
    windows: Sequence[object] = [windows_at(simulated, cumulative, _FIRST_HOUR, DEFAULT) for _ in range(count)]
    started = time.process_time()
    conclude(windows, {})  # type: ignore[arg-type]
    return Cost(count, round(time.process_time() - started, 2))
