"""The database: made once, versioned, one place that commits, and errors in our words."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from findspot.errors import OutputError
from findspot.store import Database, StoreError
from findspot.store.tables import SCHEMA_VERSION, Meta

if TYPE_CHECKING:
    from pathlib import Path


def test_a_new_home_gets_a_database_of_this_version(tmp_path: Path) -> None:
    database = Database.in_home(tmp_path / "new" / "home")
    database.check()
    with database.read() as session:
        assert session.get(Meta, "schema_version") == Meta(key="schema_version", value=str(SCHEMA_VERSION))
    database.close()


def test_another_version_is_refused_by_name(tmp_path: Path) -> None:
    database = Database.in_home(tmp_path)
    with database.write() as session:
        row = session.get(Meta, "schema_version")
        assert row is not None
        row.value = "999"
    database.close()
    with pytest.raises(StoreError, match="999"):
        Database.in_home(tmp_path)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "findspot.sqlite").write_bytes(b"this is a text, not a database. " * 100)
    with pytest.raises(StoreError, match="not a database"):
        Database.in_home(tmp_path)


def test_a_home_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match="home"):
        Database.in_home(tmp_path / "file" / "home")


def test_many_starting_at_once_make_one_database(tmp_path: Path) -> None:
    for n in range(10):
        with ThreadPoolExecutor(8) as pool:
            for database in pool.map(Database.in_home, [tmp_path / str(n)] * 8):
                database.check()
                database.close()


def test_a_block_that_raises_commits_nothing(database: Database) -> None:
    def half() -> None:
        with database.write() as session:
            session.add(Meta(key="half", value="done"))
            session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half()
    with database.read() as session:
        assert session.get(Meta, "half") is None


def test_writers_wait_for_each_other(database: Database) -> None:
    """Read, then write what was read plus one: without the write lock at the beginning, some of these get lost."""
    with database.write() as session:
        session.add(Meta(key="count", value="0"))

    def add(times: int) -> None:
        for _ in range(times):
            with database.write() as session:
                row = session.get(Meta, "count")
                assert row is not None
                row.value = str(int(row.value) + 1)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, [20] * 4))
    with database.read() as session:
        row = session.get(Meta, "count")
    assert row is not None
    assert row.value == "80"


def test_the_settings_that_durability_rests_on(database: Database) -> None:
    with database.read() as session:
        values = {
            p: session.execute(text(f"PRAGMA {p}")).scalar() for p in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert values == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_errors_do_not_carry_statements_or_values(database: Database) -> None:
    with pytest.raises(StoreError) as caught, database.write() as session:
        session.add(Meta(key="schema_version", value="secret value"))
    assert "secret" not in str(caught.value)
    assert "INSERT" not in str(caught.value)
