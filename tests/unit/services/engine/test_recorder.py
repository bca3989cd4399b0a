import asyncio

import pytest

from services.domain.events.runs import RunCancelling, RunCompleted, RunStarted
from services.domain.events.vocabulary import Log, NodeStarted, RunEvent
from services.engine.recorder import BACKLOG, Recorder
from services.errors import LeaseLostError
from tests.support.commits import commits
from tests.support.stores import LEASE_SECONDS, Store


async def recorder(store: Store) -> Recorder:
    """The recorder of a run that has begun."""
    run = await store.create(await store.publish())
    claim = await store.leases.claim(run.id, "tester", LEASE_SECONDS)
    assert claim is not None
    subject = Recorder(store.journal, claim.run, claim.fence)
    await subject.begin(RunStarted(at=store.clock.now(), attempt=1))
    return subject


def lines(store: Store, number: int) -> list[RunEvent]:
    at = store.clock.now()
    return [Log(at=at, node_id="a", visit=1, level="info", message=f"{n}") for n in range(number)]


async def test_what_was_put_is_recorded_in_order_with_its_visits(store: Store):
    subject = await recorder(store)
    subject.put([NodeStarted(at=store.clock.now(), node_id="a", visit=1, input=1)])
    subject.put(lines(store, 3))
    subject.end()
    await subject.drain()

    types = [stored.type for stored in await store.log.after(subject.run.id, 2)]
    assert types == ["node.started", "log", "log", "log"]
    assert subject.open_visits() == tuple(await store.all_states(subject.run.id))


async def test_what_gathers_goes_into_one_transaction(store: Store):
    subject = await recorder(store)
    for line in lines(store, 50):
        subject.put([line])
    subject.end()
    with commits() as seen:
        await subject.drain()

    assert len(seen) == 1
    assert await store.log.head(subject.run.id) == 52


async def test_the_graph_waits_when_too_much_waits_for_the_database(store: Store):
    subject = await recorder(store)
    await subject.room()
    subject.put(lines(store, BACKLOG + 1))
    waiting = asyncio.ensure_future(subject.room())
    await asyncio.sleep(0)
    assert not waiting.done()

    draining = asyncio.ensure_future(subject.drain())
    await waiting
    subject.end()
    await draining


async def test_draining_goes_on_until_the_end(store: Store):
    subject = await recorder(store)
    async with store.hub.subscribe(run_id=subject.run.id) as shown, asyncio.TaskGroup() as tasks:
        tasks.create_task(subject.drain())
        for number in range(3):
            subject.put(lines(store, 1))
            frame = await shown.next_within(None)
            assert frame is not None
            assert frame.seq == 3 + number
        subject.end()


async def test_a_lost_lease_stops_it(store: Store):
    subject = await recorder(store)
    claim = await store.leases.claim(subject.run.id, "thief", LEASE_SECONDS)
    assert claim is None
    await store.leases.release(subject.run.id, 1)
    subject.put(lines(store, 1))

    with pytest.raises(LeaseLostError):
        await subject.drain()


async def test_it_goes_on_while_the_run_is_being_cancelled(store: Store):
    subject = await recorder(store)
    cancelling = RunCancelling(at=store.clock.now(), reason="enough")
    await store.journal.record(subject.run.id, None, [cancelling])
    subject.put(lines(store, 1))
    subject.end()
    await subject.drain()

    assert await store.log.head(subject.run.id) == 4


async def test_an_end_can_be_put_as_well(store: Store):
    subject = await recorder(store)
    subject.put([RunCompleted(at=store.clock.now(), output=1)])
    subject.end()
    await subject.drain()

    stored = await store.runs.get(subject.run.id)
    assert subject.run == stored
