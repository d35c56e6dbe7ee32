"""When an alert fires: `for`, keep_firing_for, and what ends it."""

import pytest

from watchkeeper.operator.limits.spells import Spell, Timing, spells


@pytest.mark.parametrize(
    ("holds_at", "timing", "expected"),
    [
        pytest.param(
            [0, 1, 2], Timing(step=1), [(0, 2)], id="without for it fires at once and ends with its condition"
        ),
        pytest.param([0, 1, 2, 3], Timing(step=1, waits=2), [(2, 3)], id="for is waited for"),
        pytest.param([0, 1, 3, 4], Timing(step=1, waits=2), [], id="a gap begins the wait again"),
        pytest.param([0, 1, 2, 5], Timing(step=1, stays=4), [(0, 9)], id="a gap shorter than keep_firing_for is none"),
        pytest.param([0, 1, 6], Timing(step=1, stays=4), [(0, 10)], id="a gap of keep_firing_for is none"),
        pytest.param([0, 1, 7], Timing(step=1, stays=4), [(0, 5), (7, 11)], id="a longer gap ends it"),
        pytest.param(
            [0, 1, 7, 8], Timing(step=1, waits=1, stays=4), [(1, 5), (8, 12)], id="after the end it waits again"
        ),
        pytest.param([0, 2, 3, 4], Timing(step=1, waits=2, stays=4), [(4, 8)], id="pending outlives nothing"),
        pytest.param([], Timing(step=1), [], id="never"),
    ],
)
def test_an_alert_fires_as_prometheus_would_fire_it(
    holds_at: list[float], timing: Timing, expected: list[tuple[float, float]]
) -> None:
    """Each evaluation counts, also those at which the condition does not hold."""
    found = list(spells(holds_at, timing))

    assert found == [Spell(begins=begins, ends=ends) for begins, ends in expected]
