"""When an alert fires: `for`, keep_firing_for, and what ends it."""

import pytest

from watchkeeper.operator.limits.spells import Spell, Timing, begins_and_goes_on, spells


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


@pytest.mark.parametrize(
    ("holds_at", "goes_on_at", "timing", "expected"),
    [
        pytest.param([0], [0, 1, 2], Timing(step=1), [(0, 2)], id="once firing it goes on"),
        pytest.param([], [0, 1, 2], Timing(step=1), [], id="it does not begin so"),
        pytest.param([0], [1, 2, 3], Timing(step=1, waits=2), [], id="nor while it is pending"),
        pytest.param([0, 3], [1, 2, 3, 4], Timing(step=1, waits=2), [], id="nor does pending outlive anything by it"),
        pytest.param([0], [2, 3], Timing(step=1), [(0, 0)], id="nor begin again"),
        pytest.param([0, 3], [2, 4], Timing(step=1), [(0, 0), (3, 4)], id="until its condition holds again"),
        pytest.param([0], [3, 6], Timing(step=1, stays=4), [(0, 10)], id="it goes on within keep_firing_for"),
        pytest.param([0], [6], Timing(step=1, stays=4), [(0, 4)], id="and not after it"),
        pytest.param([0, 1, 2], [2, 3], Timing(step=1, waits=2), [(2, 3)], id="from the minute at which it fires"),
    ],
)
def test_an_alert_that_reads_whether_it_fires_goes_on(
    holds_at: list[float], goes_on_at: list[float], timing: Timing, expected: list[tuple[float, float]]
) -> None:
    """Prometheus writes that an alert fires after it was evaluated, so the next evaluation is the first to read it."""
    found = list(spells(holds_at, timing, goes_on_at))

    assert found == [Spell(begins=begins, ends=ends) for begins, ends in expected]


@pytest.mark.parametrize(
    ("expression", "begins", "goes_on"),
    [
        pytest.param("x > 1", "x > 1", None, id="none"),
        pytest.param(
            'x > 2 or x > 1 and on (service) ALERTS{alertname="A",alertstate="firing"}',
            "x > 2 or x > 1 and vector(0) < 0",
            "x > 2 or x > 1",
            id="in one line, as Prometheus reports it",
        ),
        pytest.param(
            'x > 2\n  or\nx > 1\n  and on (service)\nALERTS{alertname="A",severity="high"}\n',
            "x > 2\n  or\nx > 1 and vector(0) < 0\n",
            "x > 2\n  or\nx > 1\n",
            id="in lines, as rules are written",
        ),
        pytest.param(
            'x and on (service) ALERTS{alertname="B"}', 'x and on (service) ALERTS{alertname="B"}', None, id="another's"
        ),
    ],
)
def test_what_reads_its_own_alert_is_parted(expression: str, begins: str, goes_on: str | None) -> None:
    """Only the condition that the alert itself fires is taken out."""
    assert begins_and_goes_on(expression, "A") == (begins, goes_on)
