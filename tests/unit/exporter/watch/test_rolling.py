"""Sums of the last hours for many holders."""

import pytest

from watchkeeper.exporter.watch.rolling import RollingSums

HOUR = 3600.0
NOW = 500_000 * HOUR


def sums_of(*amounts: tuple[float, float]) -> RollingSums:
    """Sums over an hour of one holder: amounts and how many seconds ago each came."""
    sums = RollingSums(HOUR, 10)
    for amount, ago in sorted(amounts, key=lambda one: -one[1]):
        sums.add("a", "t", amount, NOW - ago)
    return sums


@pytest.mark.parametrize(
    ("ago", "share"),
    [
        pytest.param(0, 1.0, id="now"),
        pytest.param(3540, 1.0, id="at the beginning of the window"),
        pytest.param(3599, 1.0, id="inside the oldest part"),
        pytest.param(3661, 0.0, id="before the window"),
    ],
)
def test_what_is_inside_of_the_window_counts(ago: float, share: float) -> None:
    """And what is older does not."""
    assert sums_of((8.0, ago)).used(NOW).get("a", 0.0) == pytest.approx(8.0 * share)


def test_the_oldest_part_leaves_bit_by_bit() -> None:
    """Half a part later half of it is left."""
    sums = sums_of((8.0, 3600))

    assert sums.used(NOW + 30)["a"] == pytest.approx(4.0)


def test_amounts_add_up_over_the_parts() -> None:
    """One part for each minute of an hour."""
    assert sums_of(*((1.0, 60.0 * minute) for minute in range(200))).used(NOW)["a"] == pytest.approx(61.0)


def test_what_a_clock_ahead_reported_does_not_count_yet() -> None:
    """Its time comes."""
    sums = sums_of((1.0, 0), (5.0, -1800))

    assert sums.used(NOW)["a"] == 1.0
    assert sums.used(NOW + 1800)["a"] == 6.0


def test_memory_is_bounded() -> None:
    """In holders, of which the silent ones go first, and in parts of time."""
    sums = RollingSums(HOUR, 3)
    for number in range(1000):
        sums.add("kept", "t", 1.0, NOW + 90 * number)
        sums.add(f"{number}", "t", 1.0, NOW + 90 * number)

    assert len(sums.holders) == 3
    assert "kept" in sums.holders
    assert sums.forgotten == 998
    assert len(sums.holders["kept"].parts) <= 61


def test_whoever_used_nothing_is_forgotten() -> None:
    """Two hours later no one is left."""
    sums = sums_of((1.0, 0))

    assert sums.used(NOW + 2 * HOUR) == {}
    assert not sums.holders
