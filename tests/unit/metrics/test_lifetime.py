"""How long the exporter has lived, whatever its clock does."""

import pytest
from tests.support.facts import NOW

from watchkeeper.metrics.lifetime import Lifetime

WEEK = 7 * 86400.0


@pytest.mark.parametrize(
    ("steps", "lived"),
    [
        ([60.0, 60.0, 61.5], 181.5),
        ([60.0, WEEK, 60.0], 180.0),
        ([60.0, -WEEK, 60.0], 180.0),
        ([0.0, 0.0], 0.0),
    ],
    ids=["steady", "forward by a week", "back by a week", "standing"],
)
def test_a_jump_counts_as_one_tick(steps: list[float], lived: float) -> None:
    """Nothing ages at once, and nothing stays forever."""
    life, now = Lifetime(tick_seconds=60), NOW
    life.advance(now)

    for step in steps:
        now += step
        life.advance(now)

    assert life.seconds == pytest.approx(lived)
