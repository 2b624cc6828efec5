"""The database: one engine, sessions that read, sessions that write, and the one place that commits."""

from __future__ import annotations

import sqlite3
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event, inspect
from sqlalchemy.exc import DatabaseError, OperationalError, SQLAlchemyError
from sqlmodel import Session

from findspot.errors import OutputError
from findspot.store.interface import StoreError
from findspot.store.tables import SCHEMA_VERSION, Meta, Table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection, Engine

#: Milliseconds that a connection waits for another one's write to end.
BUSY_TIMEOUT = 30_000


class Database:
    """An engine and its sessions. SQLite today; another database is another URL and its own ``_prepare``.

    Reading sessions see one consistent state. A writing session takes the write lock when it begins
    (``BEGIN IMMEDIATE``), so that what it reads is what it changes, and two writers wait for each other instead of
    failing half-way.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._engine = create_engine(url)
        if self._engine.dialect.name == "sqlite":
            _prepare_sqlite(self._engine)
        self._writer = self._engine.execution_options(findspot_write=True)

    @classmethod
    def in_home(cls, home: Path) -> Database:
        """The database of a home directory, made when it is not there.

        Raises:
            StoreError: The file is no database, or of another version of the program.
            OutputError: The folder cannot be written.
        """
        try:
            home.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(
                f"cannot make the home directory {home}: {error.strerror}",
                advice="Point FINDSPOT_HOME at a folder that can be written.",
            ) from error
        database = cls(f"sqlite:///{home / 'findspot.sqlite'}")
        try:
            database.create()
        except BaseException:
            database.close()
            raise
        return database

    def create(self) -> None:
        """Make the tables in an empty database, in one transaction; then hold the database to its version."""
        try:
            with self._writer.begin() as connection:
                if not inspect(connection).has_table(str(Meta.__tablename__)):
                    Table.metadata.create_all(connection)
                    with Session(bind=connection) as session:
                        session.add(Meta(key="schema_version", value=str(SCHEMA_VERSION)))
                        session.flush()
        except SQLAlchemyError as error:
            raise _as_ours(error) from error
        self.check()

    def check(self) -> None:
        """Hold the database to the version of this program.

        Raises:
            StoreError: It does not answer, or has another version.
        """
        with self.read() as session:
            row = session.get(Meta, "schema_version")
        found = row.value if row else "none"
        if found != str(SCHEMA_VERSION):
            raise StoreError(
                f"the database has schema version {found}, this program needs {SCHEMA_VERSION}",
                advice="Use the version of findspot that made it, or another FINDSPOT_HOME.",
            )

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that is never committed; the rows it gave stay readable after it has ended."""
        try:
            with Session(self._engine, expire_on_commit=False, autoflush=False) as session:
                yield session
        except SQLAlchemyError as error:
            raise _as_ours(error) from error

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session that is committed when the block ends well, and rolled back when it raises.

        This is the one committing place: what a caller answers after the block is already on the disk.
        """
        try:
            with Session(self._writer, expire_on_commit=False) as session:
                session.connection()  # take the write lock before anything is read
                yield session
                session.commit()
        except SQLAlchemyError as error:
            raise _as_ours(error) from error

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()


def _prepare_sqlite(engine: Engine) -> None:
    """Make SQLite wait for locks, hold foreign keys, survive a power cut, and leave transactions to us."""

    @event.listens_for(engine, "connect")
    def connect(connection: Any, _record: object) -> None:  # noqa: ANN401 (a DB-API connection)
        connection.isolation_level = None  # the driver must not begin transactions by itself
        cursor = connection.cursor()
        for pragma in (f"busy_timeout={BUSY_TIMEOUT}", "synchronous=FULL", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        _use_wal(cursor)
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("findspot_write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _use_wal(cursor: sqlite3.Cursor) -> None:
    """Switch the file to the write-ahead log, once in its life.

    SQLite does not wait for locks here: processes that start at the same moment would be told that it is locked.
    """
    deadline = time.monotonic() + BUSY_TIMEOUT / 1000
    while cursor.execute("PRAGMA journal_mode").fetchone()[0] not in ("wal", "memory"):
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _as_ours(error: SQLAlchemyError) -> StoreError | OutputError:
    """The error of the driver in our words; its text is kept, its SQL and parameters are not."""
    cause = str(error.orig) if isinstance(error, DatabaseError) and error.orig is not None else type(error).__name__
    if isinstance(error, OperationalError) and "full" in cause:
        return OutputError(f"cannot write the database: {cause}", advice="Free space on its disk.")
    return StoreError(
        f"the database cannot be used: {cause}",
        advice="Is findspot.sqlite in FINDSPOT_HOME an intact database that this user may write?",
    )
