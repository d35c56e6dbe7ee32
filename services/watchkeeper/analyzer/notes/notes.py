"""Short texts by kind and name, in a SQLite file or PostgreSQL; in memory alone where there is no database."""

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

from sqlalchemy import Column, Connection, MetaData, String, Table, Text, create_engine, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError, OperationalError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from watchkeeper.errors import StateError
from watchkeeper.metrics.set_aside import set_aside

_TABLES = MetaData()
_NOTES = Table(
    "analyzer_notes",
    _TABLES,
    Column("kind", String(32), primary_key=True),
    Column("name", String(256), primary_key=True),
    Column("text", Text, nullable=False),
)
_CONNECT = {"sqlite": {"timeout": 5}, "postgresql": {"connect_timeout": 2}}
_INSERT: Mapping[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}

# Kind, of 32 characters at most, and name, of 256.
Key = tuple[str, str]
Result = TypeVar("Result")


class MemoryNotes:
    """Notes that end with the process."""

    is_kept = False

    def __init__(self) -> None:
        self._texts: dict[tuple[str, str], str] = {}

    def read(self, kind: str, name: str) -> str:
        """The text; empty when there is none."""
        return self._texts.get((kind, name), "")

    def write(self, kind: str, name: str, text: str) -> None:
        """Replace the text."""
        self._texts[kind, name] = text

    def write_all(self, texts: Mapping[Key, str]) -> None:
        """Replace texts by kind and name, all of them or none."""
        self._texts.update(texts)

    def known(self, kind: str, names: Collection[str]) -> set[str]:
        """Those of the names that have a text."""
        return {name for name in names if (kind, name) in self._texts}

    def forget_below(self, kind: str, text: str) -> None:
        """Remove what has a text that sorts before this one."""
        self._texts = {key: found for key, found in self._texts.items() if key[0] != kind or found >= text}


class DatabaseNotes:
    """Notes that outlive the process; every call may block."""

    is_kept = True

    def __init__(self, url: str) -> None:
        self._url = make_url(url)
        dialect = self._url.get_backend_name()
        self._insert = _INSERT[dialect]
        # A few an hour: a connection each time needs no care for those that broke.
        self._engine = create_engine(self._url, poolclass=NullPool, connect_args=_CONNECT[dialect])
        # Two threads that find no table would both make it.
        self._turn = Lock()

    def read(self, kind: str, name: str) -> str:
        """The text; empty when there is none. Raises: StateError when the database cannot be read."""
        where = (_NOTES.c.kind == kind) & (_NOTES.c.name == name)
        row = self._done(lambda connection: connection.execute(_NOTES.select().where(where)).one_or_none())
        return str(row.text) if row else ""

    def write(self, kind: str, name: str, text: str) -> None:
        """Replace the text. Raises: StateError when the database cannot be written; nothing was then."""
        self.write_all({(kind, name): text})

    def write_all(self, texts: Mapping[Key, str]) -> None:
        """Replace texts by kind and name, all of them or none. Raises: StateError as ``write`` does."""
        put = self._insert(_NOTES)
        put = put.on_conflict_do_update(index_elements=[_NOTES.c.kind, _NOTES.c.name], set_={"text": put.excluded.text})
        rows = [{"kind": kind, "name": name, "text": text} for (kind, name), text in texts.items()]
        self._done(lambda connection: connection.execute(put, rows))

    def known(self, kind: str, names: Collection[str]) -> set[str]:
        """Those of the names that have a text. Raises: StateError when the database cannot be read."""
        where = (_NOTES.c.kind == kind) & _NOTES.c.name.in_(names)
        return set(self._done(lambda connection: connection.scalars(select(_NOTES.c.name).where(where)).all()))

    def forget_below(self, kind: str, text: str) -> None:
        """Remove what has a text that sorts before this one. Raises: StateError as ``write`` does."""
        where = (_NOTES.c.kind == kind) & (_NOTES.c.text < text)
        self._done(lambda connection: connection.execute(_NOTES.delete().where(where)))

    def _done(self, work: Callable[[Connection], Result]) -> Result:
        try:
            with self._turn:
                return self._in_transaction(work)
        except (SQLAlchemyError, OSError) as error:
            raise StateError(f"{self._url.render_as_string()}: {type(error).__name__}") from error

    def _in_transaction(self, work: Callable[[Connection], Result]) -> Result:
        try:
            return self._once(work)
        except DatabaseError as error:
            if isinstance(error, OperationalError) or self._file is None:
                raise  # the disk or the network, not the file
            # A damaged file is set aside; what was noted is learnt again.
            set_aside(self._file)
            return self._once(work)

    def _once(self, work: Callable[[Connection], Result]) -> Result:
        if self._file is not None:
            self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._engine.begin() as connection:
            _TABLES.create_all(connection)
            return work(connection)

    @property
    def _file(self) -> Path | None:
        return Path(self._url.database) if self._engine.name == "sqlite" and self._url.database else None


Notes = MemoryNotes | DatabaseNotes


def open_notes(url: str) -> Notes:
    """Return notes in the database of ``url``, as SQLAlchemy reads it; in memory where it is empty."""
    return DatabaseNotes(url) if url else MemoryNotes()
