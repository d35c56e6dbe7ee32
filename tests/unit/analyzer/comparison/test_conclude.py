"""Which verdict a series gets, and why."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from watchkeeper.analyzer.comparison.conclude import conclude, decide
from watchkeeper.analyzer.comparison.features import FEATURES
from watchkeeper.analyzer.comparison.settings import Settings
from watchkeeper.analyzer.comparison.verdict import Conclusion, Reason, Verdict
from watchkeeper.analyzer.comparison.windows import Windows
from watchkeeper.analyzer.drift.choice import Method
from watchkeeper.analyzer.drift.histogram import Histogram

DAY = 86_400.0
SETTINGS = Settings(6 * 3600.0, "same_hours", 100)
BOUNDS = tuple(float(n) for n in range(1, 10))
EVEN = (100.0,) * 10
# PSI .15 and .5 beside even counts.
SHIFTED = (40.0, 60.0, 70.0, 80.0, 100.0, 100.0, 120.0, 130.0, 140.0, 160.0)
FAR = (10.0, 30.0, 50.0, 60.0, 80.0, 100.0, 120.0, 150.0, 180.0, 220.0)
TOKENS = next(feature for feature in FEATURES if feature.name == "input_tokens")


def windows(
    current: tuple[float, ...],
    reference: tuple[float, ...] = EVEN,
    *,
    days: Mapping[int, tuple[float, ...]] | None = None,
    service: str = "bot",
) -> Windows:
    """A series whose days before were all alike, but for some."""
    parts = {DAY * day: (days or {}).get(day, reference) for day in range(1, 8)}
    return Windows(
        service=service,
        title="input_tokens",
        feature=TOKENS,
        settings=SETTINGS,
        bins=(*map(str, BOUNDS), "+Inf"),
        current=Histogram(bounds=BOUNDS, counts=current),
        reference={at: Histogram(bounds=BOUNDS, counts=counts) for at, counts in parts.items() if sum(counts)},
    )


def concluded(one: Windows, own_limit: float | None = None) -> Conclusion:
    """The conclusion on a series by itself."""
    return conclude([one], {} if own_limit is None else {(one.service, one.title): own_limit})[0]


def scaled(counts: tuple[float, ...], factor: float) -> tuple[float, ...]:
    """More or fewer values in the same shares."""
    return tuple(count * factor for count in counts)


NONE = (0.0,) * 10
# The shares of every second day of a restless series.
RESTLESS = dict.fromkeys((1, 3, 5, 6), FAR)


@pytest.mark.parametrize(
    ("series", "own_limit", "verdict", "reason"),
    [
        pytest.param(windows(EVEN), None, "steady", "below_limit", id="the same shares"),
        pytest.param(windows(scaled(EVEN, 20)), None, "steady", "below_limit", id="more values are no drift"),
        pytest.param(windows(SHIFTED), None, "shifting", "shift", id="a shift"),
        pytest.param(windows(FAR), None, "drifted", "large_shift", id="a large shift"),
        pytest.param(windows(scaled(FAR, 0.1)), None, "steady", "within_chance", id="a hundred values of it"),
        pytest.param(windows(FAR), 0.4, "drifted", "large_shift", id="further than its own history"),
        pytest.param(windows(FAR), 0.9, "steady", "within_own_history", id="as far as often before"),
        pytest.param(windows(FAR, days={7: FAR}), None, "steady", "within_season", id="as a week ago"),
        pytest.param(windows(FAR, days=RESTLESS), None, "steady", "within_chance", id="restless by itself"),
        pytest.param(windows(NONE), None, "no_data", "no_values", id="nothing now"),
        pytest.param(windows(scaled(FAR, 0.099)), None, "no_data", "few_values", id="99 values"),
        pytest.param(
            windows(FAR, days=dict.fromkeys(range(3, 8), NONE)), None, "learning", "short_history", id="two days old"
        ),
        pytest.param(windows(FAR, days={7: NONE}), None, "learning", "no_same_weekday", id="six days old"),
        pytest.param(
            windows(FAR, days={7: scaled(EVEN, 0.04)}), None, "learning", "no_same_weekday", id="a holiday a week ago"
        ),
    ],
)
def test_verdicts(series: Windows, own_limit: float | None, verdict: str, reason: str) -> None:
    """Too few values are never steady, and drift is what exceeds every limit."""
    found = concluded(series, own_limit)

    assert (found.verdict.value, found.reason.value) == (verdict, reason)


def test_every_reason_has_a_sentence() -> None:
    """For people who ask why."""
    assert all(reason.sentence for reason in Reason)


def test_the_method_follows_the_number_of_values() -> None:
    """Few values by KS, many by PSI; both are shown."""
    few, many = concluded(windows(scaled(FAR, 0.3))).statistics, concluded(windows(FAR)).statistics

    assert few
    assert many
    assert (few.method, many.method) == (Method.KOLMOGOROV_SMIRNOV, Method.PSI)
    assert {Method.PSI, Method.KOLMOGOROV_SMIRNOV, Method.WASSERSTEIN, Method.COMBINED} <= few.scores.keys()


def test_one_of_many_must_be_more_significant() -> None:
    """What is found alone is not found among a hundred thousand that are steady."""
    mild = windows(SHIFTED)
    crowd = [windows(EVEN, service=f"s{number}") for number in range(30)]

    alone, among = conclude([mild], {})[0], conclude([mild, *crowd], {})[0]

    assert alone.qvalue is not None
    assert among.qvalue is not None
    assert among.qvalue == pytest.approx(alone.qvalue * 31)


def test_many_series_share_false_discoveries() -> None:
    """With enough of them a p-value that suffices alone does not."""
    statistics = concluded(windows(FAR)).statistics
    assert statistics
    barely = replace(statistics, pvalue=1e-7)

    assert decide(barely, 0.04, None) == (Verdict.DRIFTED, Reason.LARGE_SHIFT)
    assert decide(barely, 0.06, None) == (Verdict.STEADY, Reason.WITHIN_FALSE_DISCOVERIES)
