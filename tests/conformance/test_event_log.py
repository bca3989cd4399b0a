from services.domain.events.frames import from_stored
from services.domain.events.vocabulary import NodeStarted
from tests.support.stores import Store


async def test_the_log_is_read_in_pages_and_gives_the_events_back(store: Store):
    run = await store.create(await store.publish())
    claim, _ = await store.begin(run)
    events = [
        NodeStarted(at=store.clock.now(), node_id="né\n", visit=n, path="loop[1]", input={"n": n})
        for n in range(1, 6)
    ]
    await store.journal.record(run.id, claim.fence, events)

    assert await store.log.head(run.id) == 7
    page = await store.log.after(run.id, 2, limit=3)
    assert [stored.seq for stored in page] == [3, 4, 5]
    assert [from_stored(stored) for stored in page] == events[:3]
    assert await store.log.after(run.id, 7) == []


async def test_an_unknown_run_has_an_empty_log(store: Store):
    assert await store.log.head("unknown") == 0
    assert await store.log.frames("unknown", 0) == []


async def test_nothing_comes_after_a_place_beyond_any_log(store: Store):
    run = await store.create(await store.publish())

    assert await store.log.after(run.id, 2**53) == []
