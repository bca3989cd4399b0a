import asyncio
import threading

import pytest
from sqlalchemy import text

from services.errors import NotReadyError
from services.ports import Load
from services.store.database import READERS
from services.usecases.readiness import Readiness
from tests.support.stores import Store


def idle() -> Load:
    return Load(places=5, taken=0, waiting=0, looked_seconds_ago=1.0)


def readiness(store: Store, **parts: object) -> Readiness:
    usual = {"sweep_seconds": 10.0, "delay": lambda: 0.0, "load": idle}
    return Readiness(database=store.database, **usual | parts)


async def missing(subject: Readiness) -> dict[str, str]:
    with pytest.raises(NotReadyError) as caught:
        await subject.check()
    return caught.value.reasons


async def test_a_silent_database_is_not_waited_for(store: Store):
    answered = threading.Event()
    async with asyncio.TaskGroup() as tasks:
        for _ in range(READERS):
            tasks.create_task(store.database.read(lambda _connection: answered.wait()))
        await asyncio.sleep(0)
        assert list(await missing(readiness(store, patience_seconds=0.01))) == ["database"]
        answered.set()

    parts = await readiness(store).check()
    assert [part.name for part in parts] == ["database", "queue", "event_loop", "dispatcher"]


@pytest.mark.parametrize(("revision", "is_ready"), [("0001", False), ("9999", True)])
async def test_tables_of_an_older_version_serve_nobody(store: Store, revision: str, is_ready: bool):
    change = text("UPDATE alembic_version SET version_num = :now")
    await store.database.write(lambda connection: connection.execute(change, {"now": revision}))
    subject = readiness(store)
    if is_ready:
        assert await subject.check()
    else:
        assert "older version" in (await missing(subject))["database"]


async def test_all_that_is_not_ready_is_named(store: Store):
    def asleep() -> Load:
        return Load(places=5, taken=0, waiting=0, looked_seconds_ago=60.0)

    told = await missing(readiness(store, delay=lambda: 3.0, load=asleep))
    assert told == {
        "event_loop": "it is late by 3.0 s",
        "dispatcher": "it looked for due runs 60 s ago",
    }


async def test_who_executes_nothing_has_no_dispatcher(store: Store):
    parts = await readiness(store, load=lambda: None).check()
    assert "dispatcher" not in [part.name for part in parts]
