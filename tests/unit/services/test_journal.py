import asyncio
from pathlib import Path

from services.domain.events.vocabulary import Log
from tests.support.locks import locked, make_impatient
from tests.support.stores import Store


async def test_a_locked_database_only_delays(store: Store, tmp_path: Path):
    run, claim = await store.begun()
    await make_impatient(store.database)
    line = Log(at=store.clock.now(), node_id="a", visit=1, level="info", message="x")
    with locked(tmp_path / "workflow.db") as said:
        write = asyncio.ensure_future(store.journal.record(run.id, claim.fence, [line]))
        assert await said.get() == "database.retry"
        assert not write.done()
    await write

    assert await store.log.head(run.id) == 3
