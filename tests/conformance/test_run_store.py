import asyncio

import pytest

from services.domain.events.base import RunError
from services.domain.events.runs import RunCancelled, RunCancelling, RunCompleted, RunFailed
from services.domain.events.vocabulary import Log, NodeCompleted, NodeStarted
from services.domain.runs import Run, RunStatus
from services.domain.selecting import RunOrder, RunSelection
from services.domain.visits import NodeStatus
from services.store import run_lists
from services.store.runs import Runs
from tests.support.stores import Store, open_store
from workflow_compiler.errors import ErrorType
from workflow_compiler.usage import Usage


async def page_through(runs: Runs, **filters: object) -> list[str]:
    found: list[str] = []
    cursor = None
    while True:
        page = await runs.page("default", RunSelection(**filters), cursor=cursor, limit=2)
        found += [run.id for run in page.items]
        if (cursor := page.next_cursor) is None:
            return found


async def test_pages_hold_every_run_once_newest_first(store: Store):
    greet, wave = await store.publish("greet"), await store.publish("wave")
    created = [await store.create(v) for v in (greet, wave, greet, greet, wave)]
    await store.begin(created[2])

    ids = [run.id for run in reversed(created)]
    assert await page_through(store.runs) == ids
    assert await page_through(store.runs, workflow_id=wave.workflow_id) == [ids[0], ids[3]]
    assert await page_through(store.runs, statuses=[RunStatus.RUNNING]) == [created[2].id]
    assert (await store.runs.page("other")).items == ()
    assert await page_through(store.runs, order=RunOrder.OLDEST) == [run.id for run in created]
    since, until = created[1].created_at, created[3].created_at
    within = await page_through(store.runs, created_after=since, created_before=until)
    assert within == [created[2].id, created[1].id]
    either = [RunStatus.RUNNING, RunStatus.PENDING]
    assert await page_through(store.runs, statuses=either) == ids


async def fail(store: Store, run: Run, message: str) -> None:
    claim, projection = await store.begin(run)
    error = RunError(type=ErrorType.EXECUTION, message=message)
    failed = [RunFailed(error=error, at=store.clock.now())]
    await store.journal.record(run.id, claim.fence, failed, projection.apply(failed))


async def test_runs_are_found_by_a_text(store: Store, monkeypatch: pytest.MonkeyPatch):
    greet, wave = await store.publish("greet"), await store.publish("100%_wave")
    runs = [await store.create(v) for v in (greet, wave, greet, wave, greet)]
    await fail(store, runs[2], "The Printer is on fire")

    async def found(text: str) -> list[str]:
        return await page_through(store.runs, text=text)

    assert await found("PRINTER") == [runs[2].id]
    assert await found("%_") == [runs[3].id, runs[1].id]
    assert await found(runs[0].id) == [runs[0].id]
    assert await found("nothing like it") == []
    monkeypatch.setattr(run_lists, "LOOKED_AT", 2)
    assert await found("greet") == [runs[4].id, runs[2].id, runs[0].id]
    page = await store.runs.page("default", RunSelection(text="printer"))
    assert page.items == ()
    assert page.next_cursor is not None


async def test_how_long_earlier_runs_took(store: Store):
    version = await store.publish()
    assert await store.runs.durations(version.workflow_id, version.version) == []
    run = await store.create(version)
    claim, projection = await store.begin(run)
    done = [RunCompleted(output={}, at=store.clock.now())]
    await store.journal.record(run.id, claim.fence, done, projection.apply(done))
    stored = await store.runs.get(run.id)
    assert stored is not None
    assert stored.finished_at is not None
    assert stored.started_at is not None
    took = await store.runs.durations(version.workflow_id, version.version)
    assert took == [stored.finished_at - stored.started_at]
    assert await store.runs.durations(version.workflow_id, version.version + 1) == []


async def test_a_run_is_claimed_by_one_and_the_fence_rises(store: Store):
    run = await store.create(await store.publish())

    first = await store.leases.claim(run.id, "a", 30)
    assert first is not None
    assert (first.run, first.fence) == (run, 1)
    assert await store.leases.claim(run.id, "b", 30) is None
    assert await store.leases.claim("unknown", "b", 30) is None

    assert await store.leases.release(run.id, first.fence)
    second = await store.leases.claim(run.id, "b", 30)
    assert second is not None
    assert second.fence > first.fence
    assert await store.leases.renew(run.id, first.fence, 30) is None
    assert not await store.leases.release(run.id, first.fence)
    assert await store.leases.renew(run.id, second.fence, 30) is not None


async def test_of_many_that_claim_at_once_one_wins(store: Store, url: str):
    run = await store.create(await store.publish())
    async with open_store(url) as other:
        claims = await asyncio.gather(
            *(s.leases.claim(run.id, f"{n}", 30) for n in range(5) for s in (store, other))
        )

    assert [claim.fence for claim in claims if claim] == [1]


async def test_two_processes_write_one_log_without_a_gap(store: Store, url: str):
    run = await store.create(await store.publish())
    claim, _ = await store.begin(run)
    line = Log(at=store.clock.now(), node_id="a", visit=1, level="info", message="x")
    async with open_store(url) as other:
        await asyncio.gather(
            *(
                s.journal.record(run.id, claim.fence, [line, line])
                for _ in range(20)
                for s in (store, other)
            )
        )

    entries = await store.log.after(run.id, 0)
    assert [entry.seq for entry in entries] == list(range(1, 83))


async def test_a_lease_ends_by_the_clock_of_the_database(store: Store):
    run = await store.create(await store.publish())
    assert await store.leases.due() == []

    dead = await store.leases.claim(run.id, "dead", 0)
    assert dead is not None
    assert await store.leases.due() == [run.id]

    claim, _ = await store.begin(run)
    assert claim.fence == dead.fence + 1
    assert await store.leases.due() == []
    await store.leases.renew(run.id, claim.fence, 0)
    assert await store.leases.due() == [run.id]


async def test_a_run_is_due_from_when_somebody_asks_until_somebody_claims(store: Store):
    version = await store.publish()
    asked, _ = await store.create(version), await store.create(version)
    assert await store.leases.due() == []

    assert await store.leases.wake(asked.id) == asked
    assert await store.leases.due() == [asked.id]
    claim = await store.leases.claim(asked.id, "a", 30)
    assert claim is not None
    assert await store.leases.due() == []
    await store.leases.release(asked.id, claim.fence)
    assert await store.leases.due() == [asked.id]


async def test_of_many_that_ask_at_once_one_is_heard(store: Store, url: str):
    run = await store.create(await store.publish())
    async with open_store(url) as other:
        woken = await asyncio.gather(
            *(s.leases.wake(run.id) for _ in range(5) for s in (store, other))
        )

    assert [run for run in woken if run] == [run]
    assert await store.leases.wake("unknown") is None


async def test_a_released_run_is_for_the_next_one_at_once(store: Store):
    run = await store.create(await store.publish())
    claim, _ = await store.begin(run)
    await store.leases.release(run.id, claim.fence)

    assert await store.leases.due() == [run.id]


async def test_the_renewal_tells_that_somebody_asked_to_stop(store: Store):
    run = await store.create(await store.publish())
    claim, _ = await store.begin(run)
    before = await store.leases.renew(run.id, claim.fence, 30)
    cancelling = RunCancelling(at=store.clock.now(), reason="no longer needed")
    await store.journal.record(run.id, None, [cancelling])
    after = await store.leases.renew(run.id, claim.fence, 30)

    assert before is not None
    assert after is not None
    assert (before.cancel_reason, after.cancel_reason) == (None, "no longer needed")


async def test_a_run_that_is_over_is_nobodys(store: Store):
    run = await store.create(await store.publish())
    claim, _ = await store.begin(run)
    await store.journal.record(
        run.id, claim.fence, [RunCompleted(at=store.clock.now(), output={"n": 1})]
    )

    assert await store.leases.renew(run.id, claim.fence, 0) is None
    assert await store.leases.claim(run.id, "b", 30) is None
    assert await store.leases.due() == []
    stored = await store.runs.get(run.id)
    assert stored is not None
    assert (stored.status, stored.output, stored.progress) == (RunStatus.COMPLETED, {"n": 1}, 1.0)


async def test_a_key_creates_one_run(store: Store):
    version = await store.publish()
    first, again = await asyncio.gather(
        store.create(version, key="k"), store.create(version, key="k")
    )
    other = await store.create(version, key="other")

    assert again == first
    assert other.id != first.id
    assert await store.runs.by_idempotency_key("default", "k") == first
    assert await store.log.head(first.id) == 1


async def test_visits_are_kept_and_open_ones_found(store: Store):
    run = await store.create(await store.publish())
    claim, projection = await store.begin(run)
    usage = Usage(input_tokens=3, model="tiny")
    now = store.clock.now
    events = [
        NodeStarted(at=now(), node_id="b", visit=1, path="loop[0]", input={"q": [1]}),
        NodeStarted(at=now(), node_id="a", visit=2, input=None),
        NodeCompleted(at=now(), node_id="b", visit=1, path="loop[0]", output="x", usage=usage),
    ]
    await store.journal.record(run.id, claim.fence, events, projection.apply(events))

    a, b = await store.all_states(run.id)
    assert await store.runs.open_visits(run.id) == [a]
    assert (b.status, b.output, b.usage, b.input) == (NodeStatus.COMPLETED, "x", usage, {"q": [1]})
    assert b.finished_at == events[2].at

    first = await store.runs.node_states(run.id, limit=1)
    assert first.items == (a,)
    second = await store.runs.node_states(run.id, cursor=first.next_cursor, limit=1)
    assert (second.items, second.next_cursor) == ((b,), None)


async def test_a_pending_run_is_cancelled_without_an_owner(store: Store):
    run = await store.create(await store.publish())
    assert await store.leases.wake(run.id)
    await store.journal.record(run.id, None, [RunCancelled(at=store.clock.now(), reason="oops")])

    assert await store.leases.due() == []
    assert await store.leases.claim(run.id, "a", 30) is None
