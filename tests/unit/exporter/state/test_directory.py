"""The directory of the state: one exporter at a time, and a start whatever is wrong with it."""

import sqlite3
from pathlib import Path

import pytest
from tests.support.exporter import run_exporter

from watchkeeper.errors import WatchkeeperError
from watchkeeper.exporter.state.directory import StateDirectory

CALL = {"type": "llm_call", "service": "shop", "model": "gpt-4o", "input_tokens": 1, "output_tokens": 1}


def test_one_exporter_at_a_time_has_it(tmp_path: Path) -> None:
    """The second is refused with a sentence; once the first has ended the next one has it."""
    first = StateDirectory(tmp_path)

    with pytest.raises(WatchkeeperError, match="is the state of another exporter that runs"):
        StateDirectory(tmp_path)

    first.release()
    StateDirectory(tmp_path).release()


def test_none_is_no_problem() -> None:
    """A first try needs no disk."""
    assert StateDirectory(None).problem == ""


@pytest.mark.parametrize(
    "blocked", ["state", "state/user_hash.key", "state/counters.msgpack", "state/prices", "state/lock"]
)
@pytest.mark.parametrize("is_file", [True, False], ids=["a file", "a folder"])
def test_whatever_is_in_its_place_the_exporter_starts(tmp_path: Path, blocked: str, *, is_file: bool) -> None:
    """Files where folders belong and folders where files belong: it counts calls, and says what it cannot use."""
    place = tmp_path / blocked
    place.parent.mkdir(exist_ok=True)
    if is_file:
        place.write_bytes(b"\xff in the way")
    else:
        (place / "deep").mkdir(parents=True)
    environ = {"WATCHKEEPER_STATE_DIR": str(tmp_path / "state")}

    with run_exporter(environ) as exporter:
        assert exporter.post_events(CALL)["accepted"] == 1
        lost = exporter.value("watchkeeper_ingest_dropped_total", stage="state")

    assert lost == len(exporter.lines("state_unused"))
    if blocked == "state" and is_file:
        assert lost >= 1


@pytest.mark.parametrize(
    "row",
    [
        "('day', 99999999, 'w', 'ten')",
        "('day', 'one', 'w', '10')",
        "('day', 99999999, 'w', 'NaN')",
        "('day', 99999999, 'w', '1e99999')",
    ],
)
def test_spend_that_is_no_number_does_not_stop_the_start(tmp_path: Path, row: str) -> None:
    """The row is left out and named; SQLite keeps anything in any column."""
    config = tmp_path / "watchkeeper.yml"
    config.write_text("budgets: [{name: day, limit_usd: 5, period: day}]")
    environ = {"WATCHKEEPER_STATE_DIR": str(tmp_path / "state")}
    with run_exporter(environ, config) as first:
        first.post_events({**CALL, "cost_usd": "1.5"})
    with sqlite3.connect(tmp_path / "state" / "state.sqlite") as database:
        database.execute(f"INSERT INTO budget_spent VALUES {row}")
    database.close()

    with run_exporter(environ, config) as second:
        assert second.value("llm_budget_period_spend_dollars", budget="day") == 1.5

    assert second.lines("budget_spend_unreadable")
