import asyncio
import sys
import threading
from datetime import UTC, datetime

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, func, insert, select, text
from sqlalchemy.exc import IntegrityError, StatementError

from services.store.database import open_database
from services.store.tables import metadata, projects

UPGRADE = """
import asyncio, sys
from services.store.database import open_database

async def main():
    async with open_database(sys.argv[1]) as database:
        await database.upgrade()

asyncio.run(main())
"""


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
        for _ in range(2)
    ]
    ends = await asyncio.gather(*(process.communicate() for process in processes))

    assert [(process.returncode, end[1]) for process, end in zip(processes, ends, strict=True)] == [
        (0, b"")
    ] * 2
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
        orphan = (
            "INSERT INTO workflow_run_events (run_id, seq, type, at, data) "
            "VALUES ('r', 1, 't', '2026-01-01 00:00:00.000000', '{}')"
        )
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


async def test_text_may_hold_anything(url: str):
    odd = {"id": "o", "name": "a\0b 🦉 %s :x", "created_at": datetime(2026, 1, 1, tzinfo=UTC)}

    async with open_database(url) as database:
        await database.upgrade()
        await database.write(lambda connection: connection.execute(insert(projects), odd))
        names = await database.rows(select(projects.c.name).where(projects.c.id == "o"))
        nobody = await database.rows(select(projects.c.id).where(projects.c.id == "o\0"))

    assert [row.name for row in names] == ["a\N{REPLACEMENT CHARACTER}b 🦉 %s :x"]
    assert nobody == []


async def test_a_read_sees_one_moment(url: str):
    counting = select(func.count()).select_from(projects)
    row = {"id": "p", "name": "p", "created_at": datetime(2026, 1, 1, tzinfo=UTC)}

    async with open_database(url) as database, open_database(url) as other:
        await database.upgrade()
        first, go_on = threading.Event(), threading.Event()

        def twice(connection: Connection) -> list[int]:
            before = connection.scalars(counting).one()
            first.set()
            go_on.wait()
            return [before, connection.scalars(counting).one()]

        reading = asyncio.ensure_future(database.read(twice))
        await asyncio.to_thread(first.wait)
        await other.write(lambda connection: connection.execute(insert(projects), row))
        go_on.set()

        assert await reading == [1, 1]
        assert await database.read(lambda connection: connection.scalars(counting).one()) == 2
