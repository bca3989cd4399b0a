"""What is old enough goes, as whole trees; what something may still be made of stays."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from services.domain.events.base import RunError
from services.domain.events.runs import (
    Parent,
    RunCancelled,
    RunCompleted,
    RunFailed,
    RunStarted,
    Source,
    SourceKind,
)
from services.domain.retention import Expiry, Pruned
from services.domain.runs import Run, RunStatus
from services.domain.threads import Joining, ThreadRecord
from services.domain.waits import VisitRef
from services.errors import InputError
from services.store import retention
from services.store.tables import metadata, workflow_graphs, workflow_runs, workflow_versions
from services.store.thread_records import ThreadRecords
from services.store.workflows import StoredVersion
from services.usecases.retention import RetentionUseCases
from tests.support.stores import LEASE_SECONDS, Store, open_store
from tests.support.time_machine import TimeMachine
from workflow_compiler.errors import ErrorType

DAY = timedelta(days=1)
EXPIRY = Expiry(older_than=DAY)
NODE = {"node_id": "n", "path": "", "visit": 1}


@pytest.fixture
def machine() -> TimeMachine:
    return TimeMachine()


@pytest.fixture
async def store(url: str, machine: TimeMachine) -> AsyncIterator[Store]:
    async with open_store(url, ahead=machine) as opened:
        yield opened


@pytest.fixture
def pruning(store: Store) -> RetentionUseCases:
    return RetentionUseCases(store=store.retention)


async def accepted(store: Store, version: StoredVersion, **event: Any) -> Run:
    run, created = store.accepted(version, **event)
    if created.thread_id is not None:
        joining = Joining(thread_id=created.thread_id)
        return (await store.journal.join(run, created, joining, idempotency_key=None)).run
    return await store.journal.create(run, created)


async def ended(
    store: Store, run: Run, status: RunStatus = RunStatus.COMPLETED, variables: Any = None
) -> Run:
    claim = await store.leases.claim(run.id, "tester", LEASE_SECONDS)
    assert claim is not None
    at = store.clock.now()
    visit = VisitRef(run_id=run.id, **NODE)
    await store.waits.open_task("default", visit, prompt="", form={}, assignee=None, due_at=None)
    error = RunError(type=ErrorType.UNKNOWN, message="")
    ends: dict[RunStatus, RunCompleted | RunFailed | RunCancelled] = {
        RunStatus.COMPLETED: RunCompleted(at=at, output=None),
        RunStatus.FAILED: RunFailed(at=at, error=error),
        RunStatus.CANCELLED: RunCancelled(at=at, reason=""),
    }
    over = replace(ends[status], variables=variables)
    await store.journal.record(run.id, claim.fence, [RunStarted(at=at, attempt=1), over])
    return run


async def travel(store: Store, machine: TimeMachine, ahead: timedelta) -> None:
    """Have the database's clock so far ahead of that which the runs were told by."""
    machine.shift += store.clock.now() + ahead - await store.schedules.now()


async def left(store: Store) -> set[str]:
    return {row.id for row in await store.database.rows(select(workflow_runs.c.id))}


async def test_what_is_over_for_long_enough_goes_with_all_that_belongs_to_it(
    store: Store, pruning: RetentionUseCases, machine: TimeMachine
) -> None:
    version = await store.publish()
    for status in (RunStatus.COMPLETED, RunStatus.CANCELLED):
        await ended(store, await accepted(store, version), status)
    await travel(store, machine, timedelta(hours=23))
    assert await pruning.prune("default", EXPIRY) == Pruned()
    machine.go(hours=2)
    would = await pruning.prune("default", EXPIRY, is_rehearsal=True)
    assert would == await pruning.prune("default", EXPIRY)
    assert would == Pruned(trees=2, runs=2, events=6)
    assert await pruning.prune("default", EXPIRY) == Pruned()
    kept = {"alembic_version", "projects", workflow_graphs.name, workflow_versions.name}
    for table in metadata.sorted_tables:
        (row,) = await store.database.rows(select(func.count()).select_from(table))
        assert (row[0] > 0) == (table.name in kept), table.name


async def test_only_what_was_asked_for_goes(
    store: Store, pruning: RetentionUseCases, machine: TimeMachine
) -> None:
    version, other = await store.publish("one"), await store.publish("two")
    failed = await ended(store, await accepted(store, version), RunStatus.FAILED)
    completed = await ended(store, await accepted(store, version))
    elsewhere = await ended(store, await accepted(store, other))
    alive = await accepted(store, version)
    await travel(store, machine, 2 * DAY)
    assert (await pruning.prune("nowhere", EXPIRY)).runs == 0
    await pruning.prune("default", replace(EXPIRY, workflow_id=other.workflow_id))
    assert await left(store) == {failed.id, completed.id, alive.id}
    assert elsewhere.id not in await left(store)
    await pruning.prune("default", replace(EXPIRY, statuses=frozenset({RunStatus.FAILED})))
    assert await left(store) == {completed.id, alive.id}
    with pytest.raises(InputError, match="running"):
        await pruning.prune("default", replace(EXPIRY, statuses=frozenset({RunStatus.RUNNING})))


async def test_a_tree_goes_as_a_whole_or_not_at_all(
    store: Store, pruning: RetentionUseCases, machine: TimeMachine
) -> None:
    version = await store.publish()

    async def tree(*children: RunStatus | None) -> list[Run]:
        root = await accepted(store, version)
        line = [root]
        for _ in children:
            parent = Parent(run_id=line[-1].id, **NODE)
            line.append(await accepted(store, version, parent=parent))
        for run, status in zip(line, [RunStatus.COMPLETED, *children], strict=True):
            if status is not None:
                await ended(store, run, status)
        return line

    gone = await tree(RunStatus.FAILED, RunStatus.CANCELLED)
    kept = await tree(RunStatus.COMPLETED, None)
    await travel(store, machine, 2 * DAY)
    assert (await pruning.prune("default", EXPIRY)).runs == len(gone)
    assert await left(store) == {run.id for run in kept}


async def test_what_a_live_run_goes_on_from_stays(
    store: Store, pruning: RetentionUseCases, machine: TimeMachine
) -> None:
    version = await store.publish()
    source = await ended(store, await accepted(store, version))
    heir = await accepted(
        store, version, source=Source(run_id=source.id, kind=SourceKind.RERUN, kept=0)
    )
    await travel(store, machine, 2 * DAY)
    await pruning.prune("default", EXPIRY)
    assert await left(store) == {source.id, heir.id}
    await ended(store, heir)
    await pruning.prune("default", replace(EXPIRY, older_than=timedelta()))
    assert heir.id not in await left(store)


async def test_a_thread_stays_as_long_as_a_next_run_may_go_on_from_it(
    store: Store, pruning: RetentionUseCases, machine: TimeMachine
) -> None:
    version = await store.publish()
    first = await ended(store, await accepted(store, version), variables={"a": 1})
    thread = {"thread_id": first.thread_id}
    second = await ended(store, await accepted(store, version, **thread), variables={"a": 2})
    third = await ended(store, await accepted(store, version, **thread), RunStatus.CANCELLED)
    alone = await ended(store, await accepted(store, version), variables={"b": 1})
    empty = await ended(store, await accepted(store, version), variables={})
    await travel(store, machine, 2 * DAY)
    assert (await pruning.prune("default", EXPIRY)).runs == 2
    assert await left(store) == {second.id, third.id, alone.id}
    assert empty.id not in await left(store)
    following = await accepted(store, version, **thread)
    assert following.turn == 4
    assert await store.threads.inherited(following) == {"a": 2}


async def test_what_is_said_of_a_thread_goes_when_nothing_is_on_it(
    store: Store, pruning: RetentionUseCases
) -> None:
    records = ThreadRecords(store.database)
    long_ago, coming = store.clock.now(), datetime(2100, 1, 1, tzinfo=UTC)
    opened = {
        name: ThreadRecord(
            id=name,
            project_id="default",
            metadata={},
            variables=variables,
            created_at=long_ago,
            updated_at=at,
        )
        for name, variables, at in (
            ("empty", None, long_ago),
            ("run-on", None, long_ago),
            ("written-to", {"a": 1}, long_ago),
            ("new", None, coming),
        )
    }
    for each in opened.values():
        await records.open(each)
    await accepted(store, await store.publish(), thread_id="run-on")
    await pruning.prune("default", replace(EXPIRY, workflow_id="another"))
    await pruning.prune("default", EXPIRY, is_rehearsal=True)
    assert await records.get("default", "empty") is not None
    await pruning.prune("default", EXPIRY)
    left = {name for name in opened if await records.get("default", name) is not None}
    assert left == {"run-on", "written-to", "new"}


async def test_many_go_in_small_transactions_beside_everything_else(
    store: Store,
    pruning: RetentionUseCases,
    machine: TimeMachine,
    monkeypatch: pytest.MonkeyPatch,
    url: str,
) -> None:
    monkeypatch.setattr(retention, "EVENTS_AT_ONCE", 7)
    version = await store.publish()
    for _ in range(20):
        await ended(store, await accepted(store, version))
    await travel(store, machine, 2 * DAY)

    async def go_on(own: Store) -> set[str]:
        return {(await accepted(own, version)).id for _ in range(5)}

    async with open_store(url, ahead=machine) as other, asyncio.TaskGroup() as tasks:
        begun = tasks.create_task(go_on(other))
        here = tasks.create_task(pruning.prune("default", EXPIRY))
        elsewhere = RetentionUseCases(store=other.retention)
        there = tasks.create_task(elsewhere.prune("default", EXPIRY))
    assert await left(store) == begun.result()
    assert here.result().runs >= 1
    assert (here.result() + there.result()).runs >= 20
