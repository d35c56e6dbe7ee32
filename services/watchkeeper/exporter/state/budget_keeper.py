"""Keeps what budgets have spent over restarts and shares it with other exporters, off the way of the calls.

Exchanged every few seconds and stored at a clean stop. After a crash the process goes on under the same name, from what
it had spent at its last snapshot, and counts what came since (exporter/recovery.py).
"""

import asyncio
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Protocol

import structlog

from watchkeeper.errors import StateError
from watchkeeper.exporter.watch.budgets import BudgetBook
from watchkeeper.exporter.watch.spending import SLOT_SECONDS, Slot, SlotsOf

log = structlog.get_logger()

EXCHANGE_SECONDS = 10.0
_DAY_SLOTS = 86_400 // SLOT_SECONDS
# Longer than any period: 31 days and an hour more where the clocks go back.
_KEPT_SLOTS = 32 * _DAY_SLOTS
# What a clock is believed that goes on as it did: a minute more or less within an hour.
_STEP_SECONDS = 60.0
_TRUSTED_SECONDS = 3600.0


class Ledger(Protocol):
    """Where all who share it store what they spent; see state.ledger."""

    def exchange(self, writer: str, spent: SlotsOf, *, since: int, oldest: int) -> tuple[str, SlotsOf]:
        """Store what ``writer`` spent; return the ledger's name and what others spent. Raises: StateError."""


def ledger_at(url: str) -> Ledger | None:
    """Return the ledger in a database; None without one."""
    if not url:
        return None
    # It takes 34 MiB of memory: only where there is something to keep.
    from watchkeeper.exporter.state.ledger import DatabaseLedger

    return DatabaseLedger(url)


class BudgetKeeper:
    """Restores a book of budgets, and exchanges what changed in it; without a ledger it keeps nothing."""

    def __init__(
        self,
        book: BudgetBook,
        ledger: Ledger | None,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._book = book
        self._ledger = ledger
        self._clock = clock
        self._monotonic = monotonic
        # Since when the clock has not been set, by both clocks.
        self._steady_since = clock(), monotonic()
        # Of this process alone: as long as no ledger answered, no one else knows what it counts.
        self._writer = book.ledger = secrets.token_hex(4)
        # The slot of each budget that was stored last: it may have grown since.
        self._stored: dict[str, int] = {}
        # Whoever could store nothing for longer than a day is heard at the next start.
        self._read_from = 0

    @property
    def writer(self) -> str:
        """Under which name this process spends."""
        return self._writer

    def spent(self) -> dict[str, list[tuple[int, str]]]:
        """What this process spent of each budget, by slots of time, as exact text."""
        accounts = self._book.accounts.items()
        return {name: [(slot.number, str(slot.usd)) for slot in account.slots_since(0)] for name, account in accounts}

    def resume(self, writer: str, spent: Mapping[str, Sequence[tuple[int, str]]]) -> None:
        """Go on as a process that crashed, from what it had spent at its last snapshot."""
        self._writer = self._book.ledger = writer
        for name, account in self._book.accounts.items():
            account.set_own(Slot(number, Decimal(usd)) for number, usd in spent.get(name, ()))

    def start(self) -> None:
        """Know what was spent before and elsewhere; call before the first call is counted."""
        if self._ledger is not None:
            self._try_once(self._ledger, "budget_spend_unread")

    async def run(self) -> None:
        """Exchange what changed every few seconds, for as long as we run."""
        while self._ledger is not None:
            await asyncio.sleep(EXCHANGE_SECONDS)
            try:
                changed = self._changed()
                self._take(changed, *await asyncio.to_thread(self._exchange, self._ledger, changed))
            except StateError:
                log.exception("budget_spend_unwritten")

    def stop(self) -> None:
        """Store what is not stored yet."""
        if self._ledger is not None:
            self._try_once(self._ledger, "budget_spend_unwritten")

    def _try_once(self, ledger: Ledger, failure: str) -> None:
        try:
            changed = self._changed()
            self._take(changed, *self._exchange(ledger, changed))
        except StateError:
            log.exception(failure)

    def _changed(self) -> dict[str, list[Slot]]:
        """The slots that may not be stored as they are; after a clock went back these are earlier ones."""
        last = int(self._clock() // SLOT_SECONDS) - 1
        slots = {
            name: account.slots_since(min(self._stored.get(name, 0), last))
            for name, account in self._book.accounts.items()
        }
        return {name: changed for name, changed in slots.items() if changed}

    def _exchange(self, ledger: Ledger, changed: SlotsOf) -> tuple[str, SlotsOf]:
        return ledger.exchange(self._writer, changed, since=self._read_from, oldest=self._oldest_kept())

    def _oldest_kept(self) -> int:
        """Below which slot nothing is kept; none is forgotten by the word of a clock that was set a moment ago."""
        now, ran = self._clock(), self._monotonic()
        begin, began = self._steady_since
        if abs((now - begin) - (ran - began)) > _STEP_SECONDS:
            self._steady_since = now, ran
        is_trusted = ran - self._steady_since[1] >= _TRUSTED_SECONDS
        return int(now // SLOT_SECONDS) - _KEPT_SLOTS if is_trusted else 0

    def _take(self, stored: SlotsOf, name: str, others: SlotsOf) -> None:
        self._stored.update({budget: slots[-1].number for budget, slots in stored.items()})
        self._book.ledger = name
        for budget, account in self._book.accounts.items():
            account.set_others(others.get(budget, ()), since=self._read_from)
        self._read_from = int(self._clock() // SLOT_SECONDS) - _DAY_SLOTS
