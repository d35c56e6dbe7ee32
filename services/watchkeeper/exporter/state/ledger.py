"""What budgets have spent, in a database: a SQLite file, or PostgreSQL where exporters on several machines share it.

A row for each budget, quarter of an hour and process that spent in it; amounts as exact text.
"""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import BigInteger, Column, Connection, Float, MetaData, String, Table, Text, cast, create_engine
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError, OperationalError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from watchkeeper.errors import StateError
from watchkeeper.exporter.watch.spending import Slot, SlotsOf
from watchkeeper.metrics.set_aside import set_aside

log = structlog.get_logger()

# More dollars than there are.
_MOST_DIGITS = 15
_TABLES = MetaData()
_LEDGER = Table("ledger", _TABLES, Column("kept", String(16), primary_key=True), Column("name", String(64)))
_SPENT = Table(
    "budget_spent",
    _TABLES,
    Column("budget", String(64), primary_key=True),
    Column("slot", BigInteger, primary_key=True),
    Column("writer", String(64), primary_key=True),
    Column("usd", Text, nullable=False),
)
_WHAT = "budgets"
_INSERT: Mapping[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
# A call waits for none of this; an exporter that stops does.
_CONNECT = {"sqlite": {"timeout": 3}, "postgresql": {"connect_timeout": 2}}


class DatabaseLedger:
    """Reads and writes the database."""

    def __init__(self, url: str) -> None:
        self._url = make_url(url)
        dialect = self._url.get_backend_name()
        self._insert = _INSERT[dialect]
        # Asked every few seconds: a connection each time needs no care for those that broke.
        self._engine = create_engine(self._url, poolclass=NullPool, connect_args=_CONNECT[dialect])
        self._is_made = False

    def exchange(self, writer: str, spent: SlotsOf, *, since: int, oldest: int) -> tuple[str, SlotsOf]:
        """Store what ``writer`` spent; return the ledger's name, and what others spent from the slot ``since`` on.

        All of it or nothing. Slots below ``oldest`` are forgotten; a file that is damaged is set aside. It may block.
        Raises: StateError where the database cannot be reached or written.
        """
        try:
            return self._exchange_or_repair(writer, spent, since, oldest)
        except (SQLAlchemyError, OSError) as error:
            raise StateError(f"{self._url.render_as_string()}: {error}") from error

    def _exchange_or_repair(self, writer: str, spent: SlotsOf, since: int, oldest: int) -> tuple[str, SlotsOf]:
        try:
            return self._exchange(writer, spent, since, oldest)
        except DatabaseError as error:
            if isinstance(error, OperationalError) or self._file is None:
                raise  # the disk or the network, not the file
            set_aside(self._file)
            self._is_made = False
            return self._exchange(writer, spent, since, oldest)

    @property
    def _file(self) -> Path | None:
        return Path(self._url.database) if self._engine.name == "sqlite" and self._url.database else None

    def _exchange(self, writer: str, spent: SlotsOf, since: int, oldest: int) -> tuple[str, SlotsOf]:
        if self._file is not None:
            self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._engine.begin() as connection:
            if not self._is_made:
                _TABLES.create_all(connection)
                connection.execute(self._insert(_LEDGER).on_conflict_do_nothing(), {"kept": _WHAT, "name": writer})
            self._put(connection, writer, spent)
            connection.execute(_SPENT.delete().where(_SPENT.c.slot < oldest))
            found = _name(connection), _others(connection, writer, since)
        self._is_made = True
        return found

    def _put(self, connection: Connection, writer: str, spent: SlotsOf) -> None:
        """A slot only grows: a write that is overtaken by a later one takes nothing back."""
        rows = [
            {"budget": budget, "slot": slot.number, "writer": writer, "usd": str(slot.usd)}
            for budget, slots in spent.items()
            for slot in slots
        ]
        if not rows:
            return
        put = self._insert(_SPENT)
        has_grown = cast(put.excluded.usd, Float) >= cast(_SPENT.c.usd, Float)
        keys = [_SPENT.c.budget, _SPENT.c.slot, _SPENT.c.writer]
        put = put.on_conflict_do_update(index_elements=keys, set_={"usd": put.excluded.usd}, where=has_grown)
        connection.execute(put, rows)


def _name(connection: Connection) -> str:
    """Whoever wrote first gave it its name."""
    return str(connection.execute(_LEDGER.select().where(_LEDGER.c.kept == _WHAT)).one().name)


def _amount(number: object, usd: object) -> Decimal | None:
    """An amount of a slot; None of what is neither, which SQLite keeps in any column."""
    try:
        amount = Decimal(str(usd))
    except InvalidOperation:
        return None
    is_amount = amount.is_finite() and amount >= 0 and amount.adjusted() < _MOST_DIGITS
    return amount if is_amount and isinstance(number, int) else None


def _others(connection: Connection, writer: str, since: int) -> SlotsOf:
    found: dict[str, dict[int, Decimal]] = {}
    wanted = _SPENT.select().where(_SPENT.c.slot >= since, _SPENT.c.writer != writer)
    for budget, number, _, usd in connection.execute(wanted):
        amount = _amount(number, usd)
        if amount is None:
            log.error("budget_spend_unreadable", budget=str(budget)[:64])
            continue
        spent = found.setdefault(budget, {})
        spent[number] = spent.get(number, Decimal(0)) + amount
    return {budget: [Slot(number, spent[number]) for number in sorted(spent)] for budget, spent in found.items()}
