"""Keeps what budgets have spent over a restart, off the way of the calls.

Written every few seconds and at a clean stop: a crash loses what was spent after the last write, nothing more.
"""

import asyncio
import sqlite3
from pathlib import Path

import structlog

from watchkeeper.state.spend_file import SpendFile
from watchkeeper.watch.budgets import SLOT_SECONDS, BudgetBook, Slot

log = structlog.get_logger()

WRITE_SECONDS = 10.0
# Longer than any period: 31 days and an hour more where the clocks go back.
_KEPT_SLOTS = 32 * 86_400 // SLOT_SECONDS


class BudgetKeeper:
    """Restores a book of budgets, and stores what changed in it; without a directory it does nothing."""

    def __init__(self, book: BudgetBook, directory: Path | None) -> None:
        self._book = book
        self._file = SpendFile(directory) if directory and book.accounts else None
        # The slot of each budget that was written last: it may have grown since.
        self._written: dict[str, int] = {}

    def restore(self) -> None:
        """Give every account back what it had spent; call before the first call is counted."""
        if self._file is None:
            return
        try:
            stored = self._file.read()
        except (sqlite3.Error, OSError):
            log.exception("budget_spend_unread")
            return
        for name, account in self._book.accounts.items():
            account.restore(stored.get(name, []))

    async def run(self) -> None:
        """Store what changed every few seconds, for as long as we run."""
        while self._file is not None:
            await asyncio.sleep(WRITE_SECONDS)
            try:
                await asyncio.to_thread(self._write, self._changed())
            except (sqlite3.Error, OSError):
                log.exception("budget_spend_unwritten")

    def stop(self) -> None:
        """Store what is not stored yet."""
        try:
            self._write(self._changed())
        except (sqlite3.Error, OSError):
            log.exception("budget_spend_unwritten")

    def _changed(self) -> dict[str, list[Slot]]:
        """Copies of the slots that may differ from the file; the originals go on growing."""
        slots = {
            name: [Slot(slot.number, slot.usd) for slot in account.slots_since(self._written.get(name, 0))]
            for name, account in self._book.accounts.items()
        }
        return {name: changed for name, changed in slots.items() if changed}

    def _write(self, changed: dict[str, list[Slot]]) -> None:
        if self._file is None or not changed:
            return
        newest = max(slots[-1].number for slots in changed.values())
        self._file.write(changed, oldest=newest - _KEPT_SLOTS)
        self._written.update({name: slots[-1].number for name, slots in changed.items()})
