import asyncio
import sqlite3
import sys
from datetime import datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, insert, literal, select, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError

from services.store.database import Database, open_database
from services.store.dialects import DatabaseTime, upserts
from services.store.tables import metadata, projects, workflow_node_states
from services.store.transience import is_transient

UPGRADE = """
import asyncio, sys
from services.store.database import open_database

async def main():
    async with open_database(sys.argv[1]) as database:
        await database.upgrade()

asyncio.run(main())
"""


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'deep' / 'folder' / 'workflow.db'}"


async def test_the_migrations_make_the_tables(url: str):
    async with open_database(url) as database:
        await database.upgrade()
        await database.upgrade()
        differences = await database.read(
            lambda connection: compare_metadata(MigrationContext.configure(connection), metadata)
        )

    assert differences == []


async def test_many_processes_upgrade_at_once(url: str):
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-W", "error", "-c", UPGRADE, url, stderr=asyncio.subprocess.PIPE
        )
        for _ in range(3)
    ]
    ends = await asyncio.gather(*(process.communicate() for process in processes))

    assert [(process.returncode, end[1]) for process, end in zip(processes, ends, strict=True)] == [
        (0, b"")
    ] * 3
    async with open_database(url) as database:
        assert [row.id for row in await database.rows(select(projects.c.id))] == ["default"]


async def test_a_failing_transaction_leaves_no_trace(url: str):
    def half(connection: Connection) -> None:
        connection.execute(text("DELETE FROM projects"))
        raise ZeroDivisionError

    async with open_database(url) as database:
        await database.upgrade()
        with pytest.raises(ZeroDivisionError):
            await database.write(half)
        assert len(await database.rows(select(projects))) == 1


async def test_foreign_keys_hold_and_times_need_a_zone(url: str):
    async with open_database(url) as database:
        await database.upgrade()
        orphan = "INSERT INTO workflow_run_events (run_id, seq, type, at, data) VALUES (1,1,1,1,1)"
        with pytest.raises(IntegrityError):
            await database.write(lambda connection: connection.execute(text(orphan)))
        naive = {"id": "p", "name": "p", "created_at": datetime(2026, 1, 1)}  # noqa: DTZ001 - that is the point
        with pytest.raises(StatementError, match="time zone"):
            await database.write(lambda connection: connection.execute(insert(projects), naive))


async def test_a_cancelled_caller_does_not_break_a_transaction(url: str):
    async with open_database(url) as database:
        await database.upgrade()
        reading = asyncio.ensure_future(database.rows(select(projects)))
        await asyncio.sleep(0)
        reading.cancel()
        await asyncio.wait([reading])
        assert len(await database.rows(select(projects))) == 1


async def test_only_what_may_pass_is_tried_again(url: str, tmp_path: Path):
    async with open_database(url) as database:
        await database.upgrade()
        await database.write(lambda c: c.exec_driver_sql("PRAGMA busy_timeout=0"))
        other = sqlite3.connect(tmp_path / "deep" / "folder" / "workflow.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        locked = await _failure(database, "SELECT 1")
        other.close()
        missing = await _failure(database, "SELECT * FROM nowhere")

    assert is_transient(locked)
    assert not is_transient(missing)


def test_the_statements_are_valid_on_postgresql():
    dialect = postgresql.dialect()
    upsert = str(upserts(workflow_node_states)["postgresql"].compile(dialect=dialect))
    later = str(select(DatabaseTime(10) > literal(None)).compile(dialect=dialect))

    assert "ON CONFLICT (node_id, path, run_id, visit) DO UPDATE SET status = excluded" in upsert
    assert "clock_timestamp() + make_interval(secs => " in later


async def _failure(database: Database, query: str) -> OperationalError:
    with pytest.raises(OperationalError) as caught:
        await database.write(lambda connection: connection.execute(text(query)))
    return caught.value
