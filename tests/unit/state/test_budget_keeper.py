"""What budgets spent, over restarts, crashes and broken disks."""

import asyncio
import sqlite3
from decimal import Decimal
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from tests.support.facts import NOW
from tests.support.promises import make_budget, paid_call

from watchkeeper.state import budget_keeper
from watchkeeper.state.budget_keeper import BudgetKeeper
from watchkeeper.state.spend_file import FILE, SpendFile
from watchkeeper.watch.budgets import SLOT_SECONDS, BudgetBook, Slot

DAY = 86_400
BUDGETS = [make_budget("week"), make_budget("month", match={"team": ["sales"]})]


def kept(directory: Path | None) -> tuple[BudgetBook, BudgetKeeper]:
    """A book as it is after a start."""
    book = BudgetBook(BUDGETS)
    keeper = BudgetKeeper(book, directory)
    keeper.restore()
    return book, keeper


def test_spending_survives_a_clean_restart_exactly(tmp_path: Path) -> None:
    """Every digit comes back, and goes on growing in the same slot."""
    book, keeper = kept(tmp_path)
    book.spend(paid_call("0.1000000000000000000001"), NOW - DAY)
    book.spend(paid_call("2"), NOW)
    keeper.stop()

    again, keeper = kept(tmp_path)
    again.spend(paid_call("3"), NOW)
    keeper.stop()

    last, _ = kept(tmp_path)
    assert last.accounts["week"].spent(NOW) == Decimal("5.1000000000000000000001")
    assert last.accounts["month"].spent(NOW) == 0


async def test_a_crash_loses_only_what_came_after_the_last_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody stops it: what was written by then is there."""
    monkeypatch.setattr(budget_keeper, "WRITE_SECONDS", 0.001)
    book, keeper = kept(tmp_path)
    book.spend(paid_call("7"), NOW)
    task = asyncio.create_task(keeper.run())
    async with asyncio.timeout(10):
        while kept(tmp_path)[0].accounts["week"].spent(NOW) != 7:  # noqa: ASYNC110  # a file has no event
            await asyncio.sleep(0.01)
    task.cancel()

    book.spend(paid_call("1"), NOW)

    assert kept(tmp_path)[0].accounts["week"].spent(NOW) == 7


def test_a_write_that_is_overtaken_takes_nothing_back(tmp_path: Path) -> None:
    """A slot only grows, also when 9 is written after 10."""
    file = SpendFile(tmp_path)
    for usd in ("10", "9"):
        file.write({"week": [Slot(5, Decimal(usd))]}, oldest=0)

    assert file.read() == {"week": [Slot(5, Decimal(10))]}


def test_what_no_period_holds_any_more_is_forgotten(tmp_path: Path) -> None:
    """The file does not grow for ever."""
    book, keeper = kept(tmp_path)
    book.spend(paid_call("1"), NOW)
    keeper.stop()
    book.spend(paid_call("2"), NOW + 40 * DAY)
    keeper.stop()

    stored = SpendFile(tmp_path).read()
    assert [slot.number for slot in stored["week"]] == [(NOW + 40 * DAY) // SLOT_SECONDS]


def test_without_a_directory_nothing_is_kept() -> None:
    """A first try needs no disk."""
    book, keeper = kept(None)
    book.spend(paid_call("1"), NOW)
    keeper.stop()

    assert kept(None)[0].accounts["week"].spent(NOW) == 0


def test_a_damaged_file_is_set_aside(tmp_path: Path) -> None:
    """The exporter starts, counts anew and keeps the file for whoever wants to look."""
    (tmp_path / FILE).write_bytes(b"this is no database, however long it may be" * 10)

    book, keeper = kept(tmp_path)
    book.spend(paid_call("1"), NOW)
    keeper.stop()

    assert (tmp_path / "state.sqlite.damaged").exists()
    assert kept(tmp_path)[0].accounts["week"].spent(NOW) == 1


def test_a_disk_that_fails_is_told_and_stops_nothing(tmp_path: Path) -> None:
    """A file in the place of the directory: reading and writing fail, calls go on."""
    blocked = tmp_path / "state"
    blocked.write_text("in the way")

    with capture_logs() as lines:
        book, keeper = kept(blocked)
        book.spend(paid_call("1"), NOW)
        keeper.stop()

    assert [line["event"] for line in lines] == ["budget_spend_unread", "budget_spend_unwritten"]
    assert book.accounts["week"].spent(NOW) == 1


def test_another_process_that_holds_the_file_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A locked file is no damaged one: it stays where it is."""
    _, keeper = kept(tmp_path)
    SpendFile(tmp_path).write({"week": [Slot(5, Decimal(1))]}, oldest=0)
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda path, **_: connect(path, timeout=0))
    with connect(tmp_path / FILE) as holder:
        holder.execute("BEGIN EXCLUSIVE")

        with capture_logs() as lines:
            keeper.restore()
    holder.close()

    assert [line["event"] for line in lines] == ["budget_spend_unread"]
    assert SpendFile(tmp_path).read() == {"week": [Slot(5, Decimal(1))]}
