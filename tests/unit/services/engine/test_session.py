"""A session without the rest of the service: what it does when the database does not follow."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from services.domain.events.runs import RunStarted
from services.domain.runs import RunStatus
from services.engine.environment import Beginning, Environment
from services.engine.recorder import BACKLOG
from services.engine.session import Session
from services.errors import LeaseLostError
from services.providers.secrets import EnvironmentSecrets
from services.store.leases import Claim
from tests.support.locks import locked, make_impatient
from tests.support.stores import LEASE_SECONDS, Store
from workflow_compiler import RunContext, compile_workflow, default_registry, parse
from workflow_compiler.node_cache import MemoryNodeCache

TURNS = 2 * BACKLOG
EVENTS_PER_TURN = 3
MANY = 20 * TURNS


def loop(turns: int) -> dict[str, Any]:
    """One node that calls a function again and again."""
    again = {"source": "a", "target": "a", "condition": f"a.visit < {turns}"}
    node = {"id": "a", "type": "python", "config": {"function": "call"}}
    start = {"id": "o", "type": "start"}
    edges = [{"source": "o", "target": "a"}, again]
    limits = {"max_steps": 3 * turns}
    return {"name": "loop", "nodes": [start, node], "edges": edges, "limits": limits}


async def claimed(store: Store) -> Claim:
    run = await store.create(await store.publish())
    claim = await store.leases.claim(run.id, "tester", LEASE_SECONDS)
    assert claim is not None
    return claim


def session(
    store: Store,
    claim: Claim,
    call: Callable[[], Awaitable[Any]],
    turns: int = 1,
    lease_seconds: float = LEASE_SECONDS,
) -> Session:
    compiled = compile_workflow(parse(loop(turns)), default_registry({"call": call}))
    environment = Environment(
        journal=store.journal,
        hub=store.hub,
        runs=store.runs,
        leases=store.leases,
        log=store.log,
        waits=store.waits,
        threads=store.threads,
        node_caches=MemoryNodeCache(0, store.clock),
        secrets=EnvironmentSecrets({}),
        prices={},
        clock=store.clock,
        lease_seconds=lease_seconds,
        linger_seconds=0,
    )
    beginning = Beginning(event=RunStarted(attempt=1, at=store.clock.now()))
    return Session(claim, compiled, RunContext(run_id=claim.run.id), environment, beginning)


async def test_a_graph_does_not_run_away_from_the_database(store: Store):
    calls = 0
    stuck, resumed = asyncio.Event(), threading.Event()

    async def call() -> None:
        nonlocal calls
        calls += 1
        if calls == 1:
            tasks.create_task(store.database.write(lambda _connection: resumed.wait()))
            stuck.set()

    claim = await claimed(store)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(session(store, claim, call, TURNS).execute())
        await stuck.wait()
        for _ in range(MANY):  # turns of the event loop: more than the graph needs for its end
            await asyncio.sleep(0)
        ahead = calls
        resumed.set()

    assert ahead * EVENTS_PER_TURN <= 2 * (BACKLOG + EVENTS_PER_TURN)
    assert calls == TURNS
    run = await store.runs.get(claim.run.id)
    assert run is not None
    assert run.status is RunStatus.COMPLETED


async def test_nothing_is_executed_before_it_may_be(store: Store):
    calls = 0

    async def call() -> None:
        nonlocal calls
        calls += 1

    claim = await claimed(store)
    await store.leases.release(claim.run.id, claim.fence)
    with pytest.raises(ExceptionGroup) as lost:
        await session(store, claim, call).execute()

    assert lost.group_contains(LeaseLostError)
    assert calls == 0


async def test_a_lease_outlives_a_database_that_was_away(store: Store, tmp_path: Path):
    returning = asyncio.Event()
    await make_impatient(store.database)
    claim = await claimed(store)
    subject = session(store, claim, returning.wait, lease_seconds=9)
    async with store.hub.subscribe(run_id=claim.run.id) as shown, asyncio.TaskGroup() as tasks:
        tasks.create_task(subject.execute())
        while (frame := await shown.next_within(None)) and '"node_id":"a"' not in frame.text:
            pass
        with locked(tmp_path / "workflow.db") as said:  # only the lease has anything to write
            assert await said.get() == "database.retry"
        returning.set()

    run = await store.runs.get(claim.run.id)
    assert run is not None
    assert run.status is RunStatus.COMPLETED


async def test_work_stops_when_its_lease_ended_unheard(store: Store, tmp_path: Path):
    called, stopped = asyncio.Event(), asyncio.Event()

    async def call() -> None:
        called.set()
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    await make_impatient(store.database)
    claim = await claimed(store)
    executing = asyncio.ensure_future(session(store, claim, call, lease_seconds=0.5).execute())
    await called.wait()
    with locked(tmp_path / "workflow.db"), pytest.raises(ExceptionGroup) as lost:
        await executing

    assert lost.group_contains(LeaseLostError)
    assert stopped.is_set()


async def test_a_release_leaves_the_run_in_the_middle_though_its_work_came_to_an_end(store: Store):
    called = asyncio.Event()

    async def call() -> None:
        called.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return

    claim = await claimed(store)
    subject = session(store, claim, call)
    executing = asyncio.ensure_future(subject.execute())
    await called.wait()
    subject.release()

    assert await executing
    run = await store.runs.get(claim.run.id)
    assert run is not None
    assert run.status is RunStatus.RUNNING
    assert await store.leases.due() == [run.id]


async def test_a_second_cancel_leaves_the_first_its_time(store: Store):
    called, cleaned = asyncio.Event(), asyncio.Event()
    stopping, clean = asyncio.Event(), asyncio.Event()

    async def call() -> None:
        called.set()
        try:
            await asyncio.Event().wait()
        finally:
            stopping.set()
            await clean.wait()
            cleaned.set()

    claim = await claimed(store)
    subject = session(store, claim, call)
    executing = asyncio.ensure_future(subject.execute())
    await called.wait()
    subject.cancel("once")
    await stopping.wait()
    subject.cancel("twice")
    clean.set()
    await executing

    assert cleaned.is_set()
