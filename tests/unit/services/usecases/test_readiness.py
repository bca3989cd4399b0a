import asyncio
import threading

import pytest

from services.errors import NotReadyError
from services.store.database import READERS
from services.usecases.readiness import Readiness
from tests.support.stores import Store


async def test_a_silent_database_is_not_waited_for(store: Store):
    subject = Readiness(log=store.log, patience_seconds=0.01)
    answered = threading.Event()
    async with asyncio.TaskGroup() as tasks:
        for _ in range(READERS):
            tasks.create_task(store.database.read(lambda _connection: answered.wait()))
        await asyncio.sleep(0)
        with pytest.raises(NotReadyError) as caught:
            await subject.check()
        answered.set()

    assert caught.value.part == "database"
    await Readiness(log=store.log).check()
