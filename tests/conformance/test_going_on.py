"""Runs that begin with events of another one, and runs that change their version."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from services.domain.control import moving
from services.domain.events.frames import from_stored, to_stored
from services.domain.events.runs import (
    Resumption,
    RunMigrated,
    RunResumed,
    RunWaiting,
    Source,
    SourceKind,
)
from services.domain.events.vocabulary import NodeCompleted, NodeStarted, RunEvent
from services.domain.projection import fold
from services.domain.reruns.going_on import Taken
from services.domain.runs import Run, RunStatus
from services.domain.visits import NodeStatus
from services.errors import RunIsNotAtRestError
from services.store.batches import Recorded
from services.store.tables import workflow_runs
from tests.support.commits import commits
from tests.support.stores import LEASE_SECONDS, Store
from workflow_compiler.usage import Usage

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
SPENT = Usage(input_tokens=1, output_tokens=2, cost_usd=0.5)


def taken_from(store: Store, source: Run) -> Taken:
    """One visit that ended, and cost something."""
    at = store.clock.now()
    events: tuple[RunEvent, ...] = (
        NodeStarted(at=at, node_id="a", visit=1, input={"x": 1}),
        NodeCompleted(at=at, node_id="a", visit=1, output=2, usage=SPENT),
    )
    return Taken(
        source=Source(run_id=source.id, kind=SourceKind.RETRY, kept=2),
        events=events,
        stored=tuple(to_stored(event) for event in events),
    )


async def going_on(store: Store, source: Run, key: str | None = None) -> Run:
    """A run that takes this over."""
    taken = taken_from(store, source)
    run, event = store.accepted(source, node_count=2, source=taken.source)
    return await store.journal.create(run, event, idempotency_key=key, taken=taken)


async def test_a_run_and_what_it_takes_over_are_written_together(store: Store):
    source = await store.create(await store.publish())

    with commits() as seen:
        run = await going_on(store, source)

    assert len(seen) == 1
    entries = await store.log.after(run.id, 0)
    assert [entry.seq for entry in entries] == [1, 2, 3]
    events = [from_stored(entry) for entry in entries]
    accepted = replace(run, settled_count=0, node_count=0, thread_id="", source_run_id=None)
    folded, states = fold(accepted, events)
    assert folded == run == await store.runs.get(run.id)
    assert list(states.values()) == list(await store.all_states(run.id))
    assert [(s.status, s.usage) for s in states.values()] == [(NodeStatus.COMPLETED, SPENT)]
    assert (run.usage, run.settled_count, run.source_run_id) == (None, 1, source.id)


async def test_it_is_due_at_once_and_its_log_goes_on(store: Store):
    run = await going_on(store, await store.create(await store.publish()))

    assert run.id in await store.leases.due()
    await store.begin(run)
    assert [entry.seq for entry in await store.log.after(run.id, 3)] == [4]


async def test_many_at_once_with_one_key_make_one(store: Store):
    source = await store.create(await store.publish())

    runs = await asyncio.gather(*(going_on(store, source, "once") for _ in range(50)))

    assert len({run.id for run in runs}) == 1
    assert len(await store.log.after(runs[0].id, 0)) == 3
    assert [run.id for run in await store.runs.going_on_from(source.id)] == [runs[0].id]


async def waiting(store: Store) -> Run:
    """A run that rests in the database."""
    run, claim = await store.begun()
    rest = RunWaiting(at=store.clock.now(), due_at=None)
    await store.journal.record(run.id, claim.fence, [rest])
    await store.leases.release(run.id, claim.fence)
    await store.publish(changed=True)
    return run


async def moved(store: Store, run: Run, seen: int) -> Recorded:
    """Ask for another version, of which somebody found that it fits so many events."""
    at = store.clock.now()
    event = RunMigrated(at=at, version=2, from_version=1, node_count=7)
    return await store.journal.ask(run.id, moving(event, seen))


async def test_a_run_at_rest_changes_its_version(store: Store):
    run = await waiting(store)

    recorded = await moved(store, run, 3)

    after = await store.runs.get(run.id)
    assert after is not None
    assert (after.version, after.node_count) == (2, 7)
    assert (after.status, recorded.status) == (RunStatus.WAITING, RunStatus.WAITING)


async def test_not_once_somebody_has_claimed_it(store: Store):
    run = await waiting(store)
    await answered(store, run)
    assert await store.leases.claim(run.id, "tester", LEASE_SECONDS)

    with pytest.raises(RunIsNotAtRestError):
        await moved(store, run, 3)
    unchanged = await store.runs.get(run.id)
    assert unchanged is not None
    assert unchanged.version == 1


async def test_not_once_it_has_gone_on(store: Store):
    run = await waiting(store)
    await answered(store, run)
    claim = await store.leases.claim(run.id, "tester", LEASE_SECONDS)
    assert claim is not None
    at = store.clock.now()
    again = [
        RunResumed(at=at, attempt=1, reason=Resumption.DUE),
        RunWaiting(at=at, due_at=None),
    ]
    await store.journal.record(run.id, claim.fence, again)
    await store.leases.release(run.id, claim.fence)

    with pytest.raises(RunIsNotAtRestError):
        await moved(store, run, 3)
    await moved(store, run, 5)


async def answered(store: Store, run: Run) -> None:
    """Make a run due that waits without a time."""
    due = update(workflow_runs).where(workflow_runs.c.id == run.id).values(wake_at=LONG_AGO)
    await store.database.write(lambda connection: connection.execute(due))
