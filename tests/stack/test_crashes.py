"""kill -9 at random moments: what was acknowledged counts once, to the cent, and has its line."""

import os
from pathlib import Path

from tests.support.crashes import SPANS, count

# Fifty rounds take some minutes: .venv/bin/python -m tests.support.crashes 50
ROUNDS = int(os.environ.get("WATCHKEEPER_CRASH_ROUNDS", "4"))


def test_nothing_acknowledged_is_lost_or_counted_twice(tmp_path: Path) -> None:
    """Calls, dollars, durations and the budget are exact; lines are there, written again with the same timestamp."""
    counted = count(ROUNDS, tmp_path, seed=int.from_bytes(os.urandom(4)))

    calls = counted.acknowledged - SPANS // 2
    assert calls > 0
    assert (counted.calls, counted.dollars, counted.budget, counted.durations) == (calls, calls, calls, calls)
    assert len(counted.lines) == calls
    assert {len(times) for times in counted.timestamps.values()} == {1}
    assert counted.went_back == []
