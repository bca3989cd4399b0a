"""What only a server can do to a store: break connections, restart, lock transactions out."""

import asyncio
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection, insert, make_url, select, text, update
from sqlalchemy.exc import OperationalError

from services.domain.events.vocabulary import Log
from services.domain.waits import SignalWait, Task, TaskStatus, VisitRef
from services.errors import DatabaseUnavailableError
from services.store.database import Database, open_database
from services.store.tables import projects, workflow_runs
from services.store.transience import is_transient
from tests.support import postgres
from tests.support.proxies import cable_to
from tests.support.stores import Store, open_store

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def adding(project_id: str) -> Callable[[Connection], object]:
    row = {"id": project_id, "name": project_id, "created_at": NOW}
    return lambda connection: connection.execute(insert(projects), row)


async def names(database: Database) -> list[str]:
    rows = await database.rows(select(projects.c.id).order_by(projects.c.id))
    return [row.id for row in rows]


def end_all_connections(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid() "
            "AND backend_type = 'client backend'"
        )


@pytest.mark.parametrize("before", [b"COMMIT", b"INSERT"])
async def test_what_was_committed_while_the_cable_broke_is_not_written_twice(
    postgres_url: str, before: bytes
):
    server = make_url(postgres_url)
    async with cable_to(server.port or 5432) as cable:
        url = server.set(port=cable.port).render_as_string(hide_password=False)
        async with open_store(url) as store:
            run = await store.create(await store.publish())
            claim, _ = await store.begin(run)
            line = Log(at=NOW, node_id="a", visit=1, level="info", message="once")
            cable.cut_after = before

            await store.journal.record(run.id, claim.fence, [line])
            entries = await store.log.after(run.id, 0)

    assert cable.cuts == 1
    assert [entry.seq for entry in entries] == [1, 2, 3]


async def test_connections_that_have_ended_are_made_anew(postgres_url: str):
    async with open_database(postgres_url) as database:
        await database.upgrade()
        await names(database)
        end_all_connections(postgres_url)

        assert await names(database) == ["default"]
        end_all_connections(postgres_url)
        await database.write(adding("p"))
        assert await names(database) == ["default", "p"]


async def test_transactions_that_lock_each_other_out_are_both_made(postgres_url: str):
    async with open_database(postgres_url) as one, open_database(postgres_url) as two:
        await one.upgrade()
        await one.write(adding("a"))
        await one.write(adding("b"))
        met = threading.Barrier(2, timeout=30)
        tries: list[str] = []

        def rename(first: str, second: str) -> Callable[[Connection], None]:
            def work(connection: Connection) -> None:
                tries.append(first)
                for project_id in (first, second):
                    wanted = update(projects).where(projects.c.id == project_id)
                    connection.execute(wanted.values(name=f"{project_id} of {first}"))
                    if project_id == first and tries.count(first) == 1:
                        met.wait()

            return work

        await asyncio.gather(one.write(rename("a", "b")), two.write(rename("b", "a")))
        found = {row.name for row in await one.rows(select(projects.c.name))}

    assert len(tries) == 3
    assert found in ({"Default", "a of a", "b of a"}, {"Default", "a of b", "b of b"})


async def test_the_server_may_restart_under_the_journal(tmp_path: Path):
    server = postgres.start(tmp_path)
    try:
        async with open_store(server.url) as store:
            run = await store.create(await store.publish())
            claim, _ = await store.begin(run)
            line = Log(at=NOW, node_id="a", visit=1, level="info", message="x")

            postgres.halt(tmp_path)
            with pytest.raises(OperationalError) as away:
                await store.runs.get(run.id)
            writing = asyncio.ensure_future(store.journal.record(run.id, claim.fence, [line]))
            await asyncio.sleep(0)
            await asyncio.to_thread(postgres.go_on, tmp_path)
            await writing

            assert is_transient(away.value)
            assert await store.log.head(run.id) == 3
    finally:
        postgres.stop(tmp_path)


async def test_a_process_that_stands_still_in_a_transaction_loses_its_locks(postgres_url: str):
    async with open_database(postgres_url) as database:
        await database.upgrade()
        limit = text("SELECT current_setting('idle_in_transaction_session_timeout')")
        waiting = text("SELECT current_setting('lock_timeout')")
        shown = await database.read(
            lambda connection: (connection.scalar(limit), connection.scalar(waiting))
        )

    assert shown == ("10s", "10s")


async def test_a_server_that_is_not_there_is_named(postgres_url: str):
    nowhere = make_url(postgres_url).set(database="nowhere").render_as_string(hide_password=False)

    async with open_database(nowhere) as database:
        with pytest.raises(DatabaseUnavailableError, match='"nowhere" does not exist'):
            await database.upgrade()


async def test_a_run_that_somebody_just_writes_about_is_not_waited_for(postgres_url: str):
    async with open_store(postgres_url) as store, open_store(postgres_url) as other:
        run = await store.create(await store.publish())
        locked, go_on = threading.Event(), threading.Event()

        def hold(connection: Connection) -> None:
            row = select(workflow_runs.c.id).where(workflow_runs.c.id == run.id)
            connection.execute(row.with_for_update())
            locked.set()
            go_on.wait()

        holding = asyncio.ensure_future(store.database.write(hold))
        await asyncio.to_thread(locked.wait)
        assert await other.leases.claim(run.id, "other", 30) is None
        go_on.set()
        await holding
        assert await other.leases.claim(run.id, "other", 30) is not None


async def test_what_a_visit_waits_for_outlasts_a_restart(tmp_path: Path):
    """A database that is away for a moment is no error of the node that asks it."""
    server = postgres.start(tmp_path)
    try:
        async with open_store(server.url) as store:
            run = await store.create(await store.publish())
            places = [
                VisitRef(run_id=run.id, node_id=node, path="", visit=1) for node in ("a", "b", "c")
            ]
            waits = [
                SignalWait(project_id="default", name="x", key=p.node_id, visit=p) for p in places
            ]
            task = await _asked(store, places[0])
            await store.waits.receive(waits[1])

            postgres.halt(tmp_path)
            asking = [
                asyncio.ensure_future(store.waits.expire(task.id)),
                asyncio.ensure_future(_asked(store, places[1])),
                asyncio.ensure_future(store.waits.receive(waits[2])),
                asyncio.ensure_future(store.waits.stop_waiting(places[1])),
            ]
            await asyncio.sleep(0)
            await asyncio.to_thread(postgres.go_on, tmp_path)
            await asyncio.gather(*asking)

            tasks = (await store.waits.tasks("default")).items
            assert {t.node_id: t.status for t in tasks} == {
                "a": TaskStatus.EXPIRED,
                "b": TaskStatus.OPEN,
            }
            assert await store.waits.signal("default", "x", "b", 1) is None
            assert await store.waits.signal("default", "x", "c", 1) == places[2]
    finally:
        postgres.stop(tmp_path)


async def _asked(store: Store, place: VisitRef) -> Task:
    return await store.waits.open_task(
        "default", place, prompt="Well?", form={}, assignee=None, due_at=None
    )
