"""Runs on one thread follow one another, whatever processes create, claim and end them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from services.domain.events.runs import RunCancelled, RunCompleted, RunStarted
from services.domain.runs import Run, RunStatus
from services.domain.threads import Joining, Multitask, ThreadRecord
from services.errors import RunNotFoundError, ThreadBusyError, ThreadNotFoundError
from services.store.database import open_database
from services.store.leases import Claim
from services.store.projects import Projects
from services.store.thread_records import ThreadRecords
from services.store.upgrades import MIGRATIONS
from services.store.workflows import Content, StoredVersion
from tests.support.stores import LEASE_SECONDS, Store, open_store

AT_ONCE = 8


async def joined(
    store: Store,
    version: StoredVersion,
    thread_id: str,
    multitask: Multitask = Multitask.REJECT,
    key: str | None = None,
) -> Run:
    """A run on a thread that is there already."""
    run, event = store.accepted(version, thread_id=thread_id)
    joining = Joining(thread_id=thread_id, multitask=multitask)
    return (await store.journal.join(run, event, joining, idempotency_key=key)).run


async def started(store: Store, run: Run) -> Claim:
    claim = await store.leases.claim(run.id, "tester", LEASE_SECONDS)
    assert claim is not None
    begun = RunStarted(at=store.clock.now(), attempt=1)
    await store.journal.record(run.id, claim.fence, [begun])
    return claim


async def ended(store: Store, run: Run, variables: dict[str, Any] | None = None) -> Run:
    claim = await started(store, run)
    over = RunCompleted(at=store.clock.now(), output=None, variables=variables)
    await store.journal.record(run.id, claim.fence, [over])
    return await read(store, run)


async def read(store: Store, run: Run) -> Run:
    found = await store.runs.get(run.id)
    if found is None:
        raise RunNotFoundError(run.id)
    return found


async def test_a_run_has_a_thread_of_its_own(store: Store) -> None:
    run = await store.create(await store.publish())
    assert (run.thread_id, run.turn) == (run.id, 1)
    assert await store.threads.inherited(run) is None


async def test_a_run_begins_with_what_the_newest_one_before_it_left(store: Store) -> None:
    version = await store.publish()
    first = await store.create(version)
    await ended(store, first, {"notes": [1]})
    second = await joined(store, version, first.id)
    assert (second.thread_id, second.turn) == (first.id, 2)
    assert await store.threads.inherited(second) == {"notes": [1]}
    await ended(store, second, {"notes": [1, 2]})
    third = await joined(store, version, first.id)
    assert await store.threads.inherited(third) == {"notes": [1, 2]}
    assert await store.threads.inherited(second) == {"notes": [1]}


async def test_a_run_may_be_told_what_it_begins_with(store: Store) -> None:
    version = await store.publish()
    first = await ended(store, await store.create(version), {"notes": [1]})
    run, event = store.accepted(version, thread_id=first.id, variables={"notes": []})
    told = (
        await store.journal.join(run, event, Joining(thread_id=first.id), idempotency_key=None)
    ).run
    assert await store.threads.inherited(await read(store, told)) == {"notes": []}


async def test_a_run_that_left_nothing_is_passed_over(store: Store) -> None:
    version = await store.publish()
    first = await store.create(version)
    await ended(store, first, {"a": 1})
    await ended(store, await joined(store, version, first.id), None)
    assert await store.threads.inherited(await joined(store, version, first.id)) == {"a": 1}


@pytest.mark.parametrize("multitask", Multitask)
async def test_a_thread_that_is_not_there_is_not_found(store: Store, multitask: Multitask) -> None:
    version = await store.publish()
    with pytest.raises(ThreadNotFoundError):
        await joined(store, version, "nowhere", multitask)


async def test_a_thread_with_an_active_run_rejects_others(store: Store) -> None:
    version = await store.publish()
    first = await store.create(version)
    with pytest.raises(ThreadBusyError, match=first.id):
        await joined(store, version, first.id)
    await started(store, first)
    with pytest.raises(ThreadBusyError, match=first.id):
        await joined(store, version, first.id)


async def test_of_many_who_join_at_once_one_wins(store: Store, url: str) -> None:
    version = await store.publish()
    first = await ended(store, await store.create(version))
    async with open_store(url) as other:
        outcomes = await asyncio.gather(
            *(joined(each, version, first.id) for each in (store, other) * AT_ONCE),
            return_exceptions=True,
        )
    won = [outcome for outcome in outcomes if isinstance(outcome, Run)]
    assert len(won) == 1
    refused = [outcome for outcome in outcomes if isinstance(outcome, ThreadBusyError)]
    assert len(refused) == len(outcomes) - 1
    assert {error.active_run_id for error in refused} == {won[0].id}


async def test_who_waits_is_claimed_when_all_before_it_are_over(store: Store) -> None:
    version = await store.publish()
    first = await store.create(version)
    claim = await started(store, first)
    second = await joined(store, version, first.id, Multitask.ENQUEUE)
    third = await joined(store, version, first.id, Multitask.ENQUEUE)

    assert await store.leases.due() == []
    assert await store.leases.claim(second.id, "early", LEASE_SECONDS) is None

    over = RunCompleted(at=store.clock.now(), output=None)
    recorded = await store.journal.record(first.id, claim.fence, [over])
    assert recorded.follower == second.id
    assert await store.leases.due() == [second.id]
    assert await store.leases.claim(third.id, "early", LEASE_SECONDS) is None
    await ended(store, second)
    assert await store.leases.due() == [third.id]


async def test_no_two_processes_execute_one_thread_at_once(store: Store, url: str) -> None:
    """Every process tries to claim every run all the time, while the runs end under their hands."""
    version = await store.publish()
    first = await store.create(version)
    queued = [await joined(store, version, first.id, Multitask.ENQUEUE) for _ in range(AT_ONCE)]
    runs = [first, *queued]
    at_work: set[str] = set()
    done: list[str] = []

    async def work(own: Store) -> None:
        while len(done) < len(runs):
            for run in runs:
                if (claim := await own.leases.claim(run.id, "worker", LEASE_SECONDS)) is not None:
                    await execute(own, run, claim)

    async def execute(own: Store, run: Run, claim: Claim) -> None:
        at_work.add(run.id)
        assert at_work == {run.id}
        begun = RunStarted(at=own.clock.now(), attempt=1)
        await own.journal.record(run.id, claim.fence, [begun])
        assert at_work == {run.id}
        done.append(run.id)
        at_work.clear()  # from the next line on its end may be seen, before we hear of it
        over = RunCompleted(at=own.clock.now(), output=None)
        await own.journal.record(run.id, claim.fence, [over])

    async with open_store(url) as second, open_store(url) as third, asyncio.TaskGroup() as tasks:
        for own in (store, second, third):
            tasks.create_task(work(own))
    assert done == [run.id for run in runs]


async def test_an_interrupt_cancels_the_active_runs_and_waits_for_them(store: Store) -> None:
    version = await store.publish()
    first = await store.create(version)
    claim = await started(store, first)
    queued = await joined(store, version, first.id, Multitask.ENQUEUE)
    newest = await joined(store, version, first.id, Multitask.INTERRUPT)

    assert (await read(store, queued)).status is RunStatus.CANCELLED
    assert (await read(store, first)).status is RunStatus.CANCELLING
    renewal = await store.leases.renew(first.id, claim.fence, LEASE_SECONDS)
    assert renewal is not None
    assert renewal.cancel_reason == f"interrupted by run {newest.id}"
    assert await store.leases.claim(newest.id, "early", LEASE_SECONDS) is None

    over = RunCancelled(at=store.clock.now(), reason="", variables={"a": 1})
    await store.journal.record(first.id, claim.fence, [over])
    assert await store.leases.due() == [newest.id]
    assert await store.threads.inherited(newest) == {"a": 1}


async def test_a_rollback_discards_what_the_active_run_wrote(store: Store) -> None:
    version = await store.publish()
    first = await store.create(version)
    await ended(store, first, {"a": 1})
    second = await joined(store, version, first.id)
    claim = await started(store, second)
    await joined(store, version, first.id, Multitask.INTERRUPT)
    newest = await joined(store, version, first.id, Multitask.ROLLBACK)  # though it stops already

    over = RunCancelled(at=store.clock.now(), reason="", variables={"a": 2})
    await store.journal.record(second.id, claim.fence, [over])
    rolled_back = await read(store, second)
    assert (rolled_back.status, rolled_back.is_rolled_back) == (RunStatus.CANCELLED, True)
    assert await store.threads.inherited(newest) == {"a": 1}
    assert not (await read(store, first)).is_rolled_back


async def test_a_key_makes_one_run_and_interrupts_once(store: Store) -> None:
    version = await store.publish()
    first = await store.create(version)
    await started(store, first)
    runs = await asyncio.gather(
        *(joined(store, version, first.id, Multitask.INTERRUPT, "key") for _ in range(AT_ONCE))
    )
    assert len({run.id for run in runs}) == 1
    assert (await read(store, runs[0])).status is RunStatus.PENDING


async def test_a_thread_tells_what_it_holds(store: Store) -> None:
    version = await store.publish()
    first = await store.create(version)
    await ended(store, first, {"a": 1})
    second = await joined(store, version, first.id, Multitask.ENQUEUE)
    thread = await store.threads.get("default", first.id)
    assert (thread.active_run_id, thread.variables) == (second.id, {"a": 1})
    page = await store.threads.runs("default", first.id, limit=1)
    assert [run.id for run in page.items] == [second.id]
    page = await store.threads.runs("default", first.id, cursor=page.next_cursor)
    assert [run.id for run in page.items] == [first.id]
    other = await store.create(version)
    newest = await store.threads.newest("default")
    assert [run.id for run in newest.items] == [other.id, second.id]
    with pytest.raises(ThreadNotFoundError):
        await store.threads.get("elsewhere", first.id)


async def test_projects_have_threads_of_the_same_name(store: Store) -> None:
    await Projects(store.database, store.clock).add("other", "Other")
    records = ThreadRecords(store.database)
    threads, versions = {}, {}
    for project_id in ("default", "other"):
        content = Content(name="greet", definition={}, fingerprint="1")
        versions[project_id] = await store.workflows.save(project_id, None, content)
        threads[project_id] = record(project_id, {"of": project_id})
        assert await records.open(threads[project_id])
        assert not await records.open(threads[project_id])
    held = await joined(store, versions["default"], "talk")
    await started(store, held)
    theirs = await ended(store, await joined(store, versions["other"], "talk"), {"a": 1})

    assert theirs.turn == 1
    assert [run.id for run in (await store.threads.runs("other", "talk")).items] == [theirs.id]
    assert (await store.threads.get("default", "talk")).variables == {}
    assert (await store.threads.current("default", "talk")) == await read(store, held)
    await records.delete("other", "talk")
    with pytest.raises(ThreadNotFoundError):
        await store.threads.get("other", "talk")
    assert await records.get("default", "talk") == threads["default"]


async def test_threads_from_before_they_had_projects_are_kept(url: str) -> None:
    async with open_database(url) as database:
        await database.upgrade()
        records = ThreadRecords(database)
        old = record("default", {"of": "ada"})
        await records.open(old)
        await database.write(back_to_ids_of_all_projects)
        await database.upgrade()
        assert await records.get("default", "talk") == old


def back_to_ids_of_all_projects(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", MIGRATIONS)
    config.attributes["connection"] = connection
    command.downgrade(config, "0008")


def record(project_id: str, metadata: dict[str, Any]) -> ThreadRecord:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return ThreadRecord(
        id="talk", project_id=project_id, metadata=metadata, created_at=at, updated_at=at
    )
