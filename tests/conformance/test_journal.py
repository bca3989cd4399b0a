import asyncio

import pytest
from pydantic_core import PydanticSerializationError
from sqlalchemy.exc import SQLAlchemyError

from services.domain.events.runs import RunCancelled, RunCancelling, RunCompleted, RunStarted
from services.domain.events.vocabulary import Log, NodeCompleted, NodeStarted
from services.domain.runs import Run, RunStatus, TransitionError
from services.domain.visits import NodeState, NodeStatus
from services.errors import (
    JournalClosedError,
    LeaseLostError,
    RunIsOverError,
    RunNotFoundError,
)
from services.store.batches import Recorded
from tests.support.commits import commits
from tests.support.stores import LEASE_SECONDS, Store, open_store


def line(store: Store, message: str = "hello") -> Log:
    return Log(at=store.clock.now(), node_id="a", visit=1, level="info", message=message)


async def seqs(store: Store, run: Run) -> list[int | None]:
    return [stored.seq for stored in await store.log.after(run.id, 0)]


async def test_batches_of_many_runs_share_one_transaction(store: Store):
    (one, claim), (two, other) = await store.begun("one"), await store.begun("two")

    with commits() as seen:
        await asyncio.gather(
            store.journal.record(one.id, claim.fence, [line(store), line(store)]),
            store.journal.record(two.id, other.fence, [line(store)]),
            store.journal.record(one.id, claim.fence, [line(store)]),
        )

    assert len(seen) == 1
    assert await seqs(store, one) == [1, 2, 3, 4, 5]
    assert await seqs(store, two) == [1, 2, 3]


async def test_a_lost_lease_fails_its_own_caller_only(store: Store):
    (one, lost), (two, kept) = await store.begun("one"), await store.begun("two")
    await store.leases.renew(one.id, lost.fence, 0)
    assert await store.leases.claim(one.id, "thief", LEASE_SECONDS)

    failed, recorded = await asyncio.gather(
        store.journal.record(one.id, lost.fence, [line(store)]),
        store.journal.record(two.id, kept.fence, [line(store)]),
        return_exceptions=True,
    )

    assert isinstance(failed, LeaseLostError)
    assert failed.run_id == one.id
    assert not isinstance(recorded, BaseException)
    assert await seqs(store, one) == [1, 2]
    assert await seqs(store, two) == [1, 2, 3]


async def test_what_json_cannot_hold_fails_its_own_caller_only(store: Store):
    (one, claim), (two, other) = await store.begun("one"), await store.begun("two")
    odd = NodeState(node_id="a", path="", visit=1, status=NodeStatus.RUNNING, input=object())
    odd_end = RunCompleted(at=store.clock.now(), output=object())

    in_state, recorded, in_event = await asyncio.gather(
        store.journal.record(one.id, claim.fence, [line(store)], [odd]),
        store.journal.record(two.id, other.fence, [line(store)]),
        store.journal.record(one.id, claim.fence, [odd_end]),
        return_exceptions=True,
    )

    assert isinstance(in_state, SQLAlchemyError | PydanticSerializationError)
    assert isinstance(in_event, PydanticSerializationError)
    assert not isinstance(recorded, BaseException)
    assert await seqs(store, one) == [1, 2]


@pytest.mark.parametrize("number", [2**70 + 1, 1.3445116853172643e-292, -0.0, 3, 2.0])
async def test_a_value_that_is_nothing_but_a_number_keeps_its_last_digit(
    store: Store, number: float
):
    run, claim = await store.begun()
    state = NodeState(node_id="a", path="", visit=1, status=NodeStatus.RUNNING, input=number)
    end = RunCompleted(at=store.clock.now(), output=number)

    await store.journal.record(run.id, claim.fence, [line(store), end], [state])

    [stored] = await store.all_states(run.id)
    ended = await store.runs.get(run.id)
    assert ended is not None
    assert [repr(stored.input), repr(ended.output)] == [repr(number)] * 2


async def test_a_cancel_wins_over_the_end_of_the_run(store: Store):
    run, claim = await store.begun()
    now = store.clock.now
    await store.journal.record(run.id, None, [RunCancelling(at=now(), reason="stop")])
    told = await store.journal.record(run.id, claim.fence, [line(store)])

    with pytest.raises(TransitionError) as caught:
        await store.journal.record(run.id, claim.fence, [RunCompleted(at=now(), output=1)])
    ended = await store.journal.record(run.id, claim.fence, [RunCancelled(at=now(), reason="stop")])

    assert told.status is RunStatus.CANCELLING
    assert (caught.value.status, caught.value.wanted) == (
        RunStatus.CANCELLING,
        RunStatus.COMPLETED,
    )
    assert ended.status is RunStatus.CANCELLED
    stored = await store.runs.get(run.id)
    assert stored is not None
    assert (stored.status, stored.output) == (RunStatus.CANCELLED, None)


async def test_only_the_owner_ends_a_run_that_has_begun(store: Store):
    run, claim = await store.begun()

    with pytest.raises(TransitionError):
        await store.journal.record(run.id, None, [RunCancelled(at=store.clock.now(), reason="x")])
    assert await store.leases.renew(run.id, claim.fence, LEASE_SECONDS)


async def test_nothing_happens_to_a_run_that_is_over(store: Store):
    run, claim = await store.begun()
    now = store.clock.now
    await store.journal.record(run.id, claim.fence, [RunCompleted(at=now(), output=1)])

    for late in (
        line(store),
        RunCancelling(at=now(), reason="late"),
        RunStarted(at=now(), attempt=2),
    ):
        with pytest.raises(RunIsOverError) as caught:
            await store.journal.record(run.id, claim.fence, [late])
        assert caught.value.status == RunStatus.COMPLETED
    assert await seqs(store, run) == [1, 2, 3]


async def test_the_end_is_the_last_event_of_a_batch(store: Store):
    run, claim = await store.begun()

    with pytest.raises(RunIsOverError):
        await store.journal.record(
            run.id, claim.fence, [RunCompleted(at=store.clock.now(), output=1), line(store)]
        )
    assert await seqs(store, run) == [1, 2]


async def test_an_unknown_run_is_named(store: Store):
    with pytest.raises(RunNotFoundError) as caught:
        await store.journal.record("nobody", None, [line(store)])
    assert caught.value.id == "nobody"


async def test_what_was_handed_in_is_written_when_the_journal_closes(url: str):
    async with open_store(url) as store:
        run, claim = await store.begun()
        writes = [
            asyncio.ensure_future(store.journal.record(run.id, claim.fence, [line(store)]))
            for _ in range(600)
        ]
        await asyncio.sleep(0)
        writes[-1].cancel()
    await asyncio.gather(*writes[:-1])

    with pytest.raises(JournalClosedError):
        await store.journal.record(run.id, claim.fence, [line(store)])
    async with open_store(url) as again:
        assert await again.log.head(run.id) == 602


async def test_a_failing_block_still_writes_all(url: str):
    written: list[asyncio.Future[Recorded]] = []

    async def fail() -> None:
        async with open_store(url) as store:
            run, claim = await store.begun()
            write = store.journal.record(run.id, claim.fence, [line(store)])
            written.append(asyncio.ensure_future(write))
            await asyncio.sleep(0)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert [frame.seq for frame in (await written[0]).frames] == [3]


async def test_frames_are_shown_after_they_are_stored(store: Store):
    run, claim = await store.begun()
    async with store.hub.subscribe(project_id="default") as shown:
        events = [
            NodeStarted(at=store.clock.now(), node_id="a", visit=1, input=1),
            NodeCompleted(at=store.clock.now(), node_id="a", visit=1, output=2),
        ]
        recorded = await store.journal.record(run.id, claim.fence, events)
        live = [await shown.next_within(None), await shown.next_within(None)]

    assert live == list(recorded.frames) == await store.log.frames(run.id, 2)
