"""Which days of a history get lines, and how its files come to be among those of Loki and away again."""

import base64
from pathlib import Path

import pytest

from watchkeeper.demo.season import season
from watchkeeper.errors import OperationError
from watchkeeper.operator.history.lines import DAY_SECONDS, check_alone, days_for_lines, give, take_away
from watchkeeper.operator.history.loki import files_of
from watchkeeper.operator.history.month import DAY_MINUTES, Month

TODAY = 20_331
MONTH = Month(
    until=TODAY * DAY_SECONDS + 7_200, minutes=3 * DAY_MINUTES, per_second={"demo-support": 2.0}, season=season
)


def chunk(since: float, until: float) -> str:
    """The name that Loki gives a chunk of these days."""
    text = f"{int(since * DAY_SECONDS * 1000):x}:{int(until * DAY_SECONDS * 1000):x}:cafe"
    return base64.b64encode(text.encode()).decode()


def put(chunks: Path, *names: str) -> None:
    """Create files."""
    for name in names:
        (chunks / name).parent.mkdir(parents=True, exist_ok=True)
        (chunks / name).write_text(name)


OWN = [f"fake/a1/{chunk(TODAY - 1.9, TODAY - 1.5)}", f"index/index_{TODAY - 2}/1-demo.tsdb.gz"]


def test_whole_days_before_today_get_lines(tmp_path: Path) -> None:
    """The month begins two hours after midnight, and ends at two."""
    assert list(days_for_lines(tmp_path, MONTH)) == [day * DAY_SECONDS for day in (TODAY - 2, TODAY - 1)]


def test_a_day_of_which_loki_has_lines_gets_none(tmp_path: Path) -> None:
    """Nor any after it; a folder that is no day counts for nothing."""
    put(tmp_path, f"index/index_{TODAY - 1}/1-own.tsdb.gz", "index/delete_requests/x")

    assert list(days_for_lines(tmp_path, MONTH)) == [(TODAY - 2) * DAY_SECONDS]


def test_files_are_given_with_the_index_at_the_end_and_taken_away_again(tmp_path: Path) -> None:
    """What is no line of the history stays, and Loki may have written its index anew."""
    made, chunks = tmp_path / "made", tmp_path / "chunks"
    put(made, *OWN, "index/delete_requests/x")
    put(chunks, f"fake/a1/{chunk(TODAY, TODAY + 0.1)}", f"index/index_{TODAY}/1-own.tsdb.gz")
    before = files_of(chunks)

    assert files_of(made) == OWN
    give(files_of(made), made, chunks)
    assert set(files_of(chunks)) == {*before, *OWN}
    (chunks / OWN[1]).rename(chunks / f"index/index_{TODAY - 2}/2-compacted.tsdb.gz")
    check_alone(chunks, OWN)
    take_away(chunks, OWN)

    assert files_of(chunks) == before
    take_away(chunks, OWN)


def test_lines_of_others_in_a_day_of_the_history_are_not_deleted_with_it(tmp_path: Path) -> None:
    """One chunk of another that reaches into it is enough; a file whose name says nothing is none."""
    put(tmp_path, *OWN, "fake/b2/README", f"fake/b2/{chunk(TODAY - 2.5, TODAY - 1.99)}")

    with pytest.raises(OperationError, match=r"lines of others in a day of the history, in .*fake/b2"):
        check_alone(tmp_path, OWN)
