"""What budgets spent, over restarts, crashes, broken disks and several exporters."""

import asyncio
import sqlite3
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy
from structlog.testing import capture_logs
from tests.support.facts import NOW
from tests.support.objectives import make_budget, paid_call

from watchkeeper.errors import StateError
from watchkeeper.exporter.state import budget_keeper
from watchkeeper.exporter.state.budget_keeper import BudgetKeeper, ledger_at
from watchkeeper.exporter.state.ledger import DatabaseLedger
from watchkeeper.exporter.watch.budgets import BudgetBook
from watchkeeper.exporter.watch.spending import SLOT_SECONDS, Slot

DAY = 86_400
FILE = "state.sqlite"
BUDGETS = [make_budget("week"), make_budget("month", match={"team": ["sales"]})]


def url_of(directory: Path) -> str:
    """The database in a directory."""
    return f"sqlite:///{directory / FILE}"


class Clocks:
    """A clock on the wall that can be set, and one that only goes on."""

    def __init__(self, now: float) -> None:
        self.now = now
        self.ran = 0.0

    def go_on(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds
        self.ran += seconds


def kept(url: str, *, now: float = NOW, clocks: Clocks | None = None) -> tuple[BudgetBook, BudgetKeeper]:
    """A book as it is after a start."""
    book = BudgetBook(BUDGETS)
    clocks = clocks or Clocks(now)
    keeper = BudgetKeeper(book, ledger_at(url), lambda: clocks.now, lambda: clocks.ran)
    keeper.start()
    return book, keeper


def stored_in(directory: Path) -> dict[str, list[Slot]]:
    """All slots of a database."""
    _, spent = DatabaseLedger(url_of(directory)).exchange("reader", {}, since=0, oldest=0)
    return {budget: list(slots) for budget, slots in spent.items()}


def test_spending_survives_a_clean_restart_exactly(tmp_path: Path) -> None:
    """Every digit comes back, and goes on growing in the same slot."""
    book, keeper = kept(url_of(tmp_path))
    book.spend(paid_call("0.1000000000000000000001"), NOW - DAY)
    book.spend(paid_call("2"), NOW)
    keeper.stop()

    again, keeper = kept(url_of(tmp_path))
    again.spend(paid_call("3"), NOW)
    keeper.stop()

    last, _ = kept(url_of(tmp_path))
    assert last.accounts["week"].spent(NOW) == Decimal("5.1000000000000000000001")
    assert last.accounts["month"].spent(NOW) == 0


async def test_a_crash_loses_only_what_came_after_the_last_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No one stops it: what was written by then is there."""
    monkeypatch.setattr(budget_keeper, "EXCHANGE_SECONDS", 0.001)
    book, keeper = kept(url_of(tmp_path))
    book.spend(paid_call("7"), NOW)
    task = asyncio.create_task(keeper.run())
    async with asyncio.timeout(10):
        while kept(url_of(tmp_path))[0].accounts["week"].spent(NOW) != 7:  # noqa: ASYNC110  # a file has no event
            await asyncio.sleep(0.01)
    task.cancel()

    book.spend(paid_call("1"), NOW)

    assert kept(url_of(tmp_path))[0].accounts["week"].spent(NOW) == 7


def test_a_write_that_is_overtaken_takes_nothing_back(tmp_path: Path) -> None:
    """A slot only grows, also when 9 is written after 10."""
    ledger = DatabaseLedger(url_of(tmp_path))
    for usd in ("10", "9"):
        ledger.exchange("a", {"week": [Slot(5, Decimal(usd))]}, since=0, oldest=0)

    assert stored_in(tmp_path) == {"week": [Slot(5, Decimal(10))]}


def test_what_no_period_holds_any_more_is_forgotten(tmp_path: Path) -> None:
    """The file does not grow forever."""
    clocks = Clocks(NOW)
    book, keeper = kept(url_of(tmp_path), clocks=clocks)
    book.spend(paid_call("1"), clocks.now)
    keeper.stop()
    clocks.go_on(40 * DAY)
    book.spend(paid_call("2"), clocks.now)
    keeper.stop()

    assert [slot.number for slot in stored_in(tmp_path)["week"]] == [(NOW + 40 * DAY) // SLOT_SECONDS]


@pytest.mark.parametrize("jump", [-400 * DAY, -2 * DAY, 2 * DAY, 400 * DAY])
def test_a_clock_that_is_wrong_for_a_while_costs_the_file_nothing(tmp_path: Path, jump: int) -> None:
    """Also where the exporter is started again under the wrong clock: what was stored before is there after it."""
    clocks = Clocks(NOW)
    book, keeper = kept(url_of(tmp_path), clocks=clocks)
    book.spend(paid_call("1"), clocks.now)
    keeper.stop()

    clocks.now += jump
    keeper.stop()
    wrong, wrong_keeper = kept(url_of(tmp_path), now=clocks.now)
    wrong.spend(paid_call("5"), clocks.now)
    wrong_keeper.stop()
    clocks.now -= jump
    clocks.go_on(60)
    book.spend(paid_call("2"), clocks.now)
    keeper.stop()

    stored = {slot.number: slot.usd for slot in stored_in(tmp_path)["week"]}
    assert stored == {NOW // SLOT_SECONDS: Decimal(3), (NOW + jump) // SLOT_SECONDS: Decimal(5)}
    assert kept(url_of(tmp_path))[0].accounts["week"].spent(NOW + 60) == 3 + 5 * (jump == -2 * DAY)


def test_without_a_directory_nothing_is_kept() -> None:
    """A first try needs no disk."""
    book, keeper = kept("")
    book.spend(paid_call("1"), NOW)
    keeper.stop()

    assert kept("")[0].accounts["week"].spent(NOW) == 0


def test_a_damaged_file_is_set_aside(tmp_path: Path) -> None:
    """The exporter starts, counts again and keeps the file for whoever wants to look."""
    (tmp_path / FILE).write_bytes(b"this is no database, however long it may be" * 10)

    book, keeper = kept(url_of(tmp_path))
    book.spend(paid_call("1"), NOW)
    keeper.stop()

    assert (tmp_path / "state.sqlite.damaged").exists()
    assert kept(url_of(tmp_path))[0].accounts["week"].spent(NOW) == 1


def test_a_disk_that_fails_is_reported_and_stops_nothing(tmp_path: Path) -> None:
    """A file in the place of the directory: reading and writing fail, calls go on."""
    blocked = tmp_path / "state"
    blocked.write_text("in the way")

    with capture_logs() as lines:
        book, keeper = kept(url_of(blocked))
        book.spend(paid_call("1"), NOW)
        keeper.stop()

    assert [line["event"] for line in lines] == ["budget_spend_unread", "budget_spend_unwritten"]
    assert book.accounts["week"].spent(NOW) == 1


def test_another_process_that_holds_the_file_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A locked file is no damaged one: it stays where it is."""
    book, keeper = kept(url_of(tmp_path))
    book.spend(paid_call("1"), NOW)
    connect = sqlite3.connect
    monkeypatch.setattr(sqlalchemy.dialects.sqlite.pysqlite.SQLiteDialect_pysqlite, "connect", no_patience)
    with connect(tmp_path / FILE) as holder:
        holder.execute("BEGIN EXCLUSIVE")

        with capture_logs() as lines:
            keeper.stop()
    holder.close()

    assert [line["event"] for line in lines] == ["budget_spend_unwritten"]
    assert stored_in(tmp_path) == {}


def no_patience(_dialect: object, path: str, **_: object) -> sqlite3.Connection:
    """Connect without waiting for locks."""
    return sqlite3.connect(path, timeout=0, check_same_thread=False)


def test_a_password_is_not_reported() -> None:
    """Errors of a database name it without what opens it."""
    ledger = DatabaseLedger("postgresql+psycopg://watchkeeper:hunter2@127.0.0.1:1/state")

    with pytest.raises(StateError, match=r"127\.0\.0\.1:1") as refused:
        ledger.exchange("a", {}, since=0, oldest=0)

    assert "hunter2" not in str(refused.value)
