"""A process that dies comes back soon; one that goes on dying, ever later."""

import pytest

from watchkeeper.operator.standalone.backoff import Deaths


def waits(lives: list[float]) -> list[int]:
    """How many whole seconds pass before each start, for a process that lived so long each time."""
    now, deaths, found = 0.0, Deaths(started_at=float("-inf")), []
    for life in lives:
        now += life
        deaths = deaths.dead(now)
        seconds = next(second for second in range(100) if deaths.is_due(now + second))
        now += seconds
        deaths = deaths.started(now)
        found.append(seconds)
    return found


@pytest.mark.parametrize(
    ("lives", "expected"),
    [
        ([500], [1]),
        ([0, 0, 0, 0, 0, 0, 0, 0, 0], [1, 2, 4, 8, 16, 32, 60, 60, 60]),
        ([0, 0, 59, 61, 0], [1, 2, 4, 1, 2]),
    ],
    ids=["a death after a long life", "a process that dies at once, always", "a steady minute begins anew"],
)
def test_a_wait_is_twice_the_one_before_until_it_ran_for_a_minute(lives: list[float], expected: list[int]) -> None:
    """At most a minute."""
    assert waits(lives) == expected


def test_what_runs_is_not_due() -> None:
    """Nor is what was seen dead again and again due later than what was seen once."""
    dead = Deaths(started_at=float("-inf")).dead(10.0)

    assert not Deaths().is_due(100.0)
    assert dead.dead(10.9) == dead
    assert dead.dead(11.5).is_due(11.5)
