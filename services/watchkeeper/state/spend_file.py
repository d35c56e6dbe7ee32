"""The spending of budgets on disk: a row for each budget and quarter of an hour, amounts as exact text."""

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from decimal import Decimal
from pathlib import Path

from watchkeeper.watch.budgets import Slot

FILE = "state.sqlite"
_TABLE = """
CREATE TABLE IF NOT EXISTS budget_spend (
    budget TEXT NOT NULL, slot INTEGER NOT NULL, usd TEXT NOT NULL, PRIMARY KEY (budget, slot)
) WITHOUT ROWID
"""
# A slot only grows: a write that is overtaken by a later one must not take anything back.
_PUT = """
INSERT INTO budget_spend VALUES (?, ?, ?) ON CONFLICT (budget, slot) DO UPDATE SET usd = excluded.usd
WHERE CAST(excluded.usd AS REAL) >= CAST(usd AS REAL)
"""


class SpendFile:
    """Reads and writes the file; every method may block and raises sqlite3.Error where the disk fails."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def read(self) -> dict[str, list[Slot]]:
        """Return the slots of every budget; a file that is damaged is set aside as ``state.sqlite.damaged``."""
        try:
            return self._read()
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise  # the disk, not the file
            file = self._directory / FILE
            file.rename(file.with_suffix(".sqlite.damaged"))
            return {}

    def write(self, slots: Mapping[str, Iterable[Slot]], *, oldest: int) -> None:
        """Store slots, whole or not at all, and forget those below ``oldest``."""
        rows = [(budget, slot.number, str(slot.usd)) for budget, changed in slots.items() for slot in changed]
        with closing(self._open()) as database, database:
            database.executemany(_PUT, rows)
            database.execute("DELETE FROM budget_spend WHERE slot < ?", (oldest,))

    def _read(self) -> dict[str, list[Slot]]:
        found: dict[str, list[Slot]] = {}
        with closing(self._open()) as database:
            for budget, number, usd in database.execute("SELECT budget, slot, usd FROM budget_spend"):
                found.setdefault(budget, []).append(Slot(number, Decimal(usd)))
        return found

    def _open(self) -> sqlite3.Connection:
        self._directory.mkdir(parents=True, exist_ok=True)
        database = sqlite3.connect(self._directory / FILE, timeout=5)
        database.execute(_TABLE)
        return database
