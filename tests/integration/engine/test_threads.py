"""Whole runs on one thread: variables live on, outputs and tokens start anew."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from services.bootstrap import Services, open_records
from services.domain.events.runs import RunStarted, RunWaiting
from services.domain.runs import Run, RunStatus
from services.domain.threads import Joining, Multitask
from tests.support.service import completed, created, ended, log_of, service

NOTING: Mapping[str, Any] = {
    "name": "noting",
    "variables": {"notes": {"reducer": "append"}, "count": {"reducer": "add", "default": 0}},
    "output": {"notes": "{{ vars.notes }}", "seen": "{{ before.output }}"},
    "nodes": [
        {"id": "before", "type": "transform", "config": {"expression": "vars.count"}},
        {"id": "note", "type": "set", "config": {"values": {"notes": "input.text", "count": "1"}}},
        {"id": "end", "type": "python", "config": {"function": "end"}},
    ],
    "edges": [
        {"source": "before", "target": "note"},
        {"source": "note", "target": "end"},
    ],
}


@dataclass(slots=True)
class End:
    """The last node: it ends as its runs want it to."""

    held: asyncio.Event = field(default_factory=asyncio.Event)
    let_go: asyncio.Event = field(default_factory=asyncio.Event)
    how: str = "well"

    async def __call__(self) -> str:
        match self.how:
            case "badly":
                raise ValueError(self.how)
            case "held":
                self.held.set()
                await self.let_go.wait()
        return self.how


@pytest.fixture
def end() -> End:
    return End()


@pytest.fixture
async def services(tmp_path: Path, database_url: str, end: End) -> AsyncIterator[Services]:
    functions = {"end": end.__call__}
    settings = {"database_url": database_url, "lease_seconds": 3_600}  # nobody looks by himself
    async with service(tmp_path, functions, **settings) as opened:
        yield opened


async def first(services: Services, text: str = "a") -> Run:
    return await created(services, NOTING, {"text": text})


async def joined(
    services: Services, before: Run, text: str, multitask: Multitask = Multitask.REJECT
) -> Run:
    joining = Joining(thread_id=before.thread_id, multitask=multitask)
    return await services.runs.join("default", joining, before.workflow_id, {"text": text})


async def held(services: Services, end: End, run: Run) -> None:
    """Execute a run as far as its last node, where it stays."""
    end.how = "held"
    await services.runs.execute(run.id)
    await end.held.wait()
    end.how = "well"


async def test_variables_live_on_and_the_rest_starts_anew(services: Services) -> None:
    run = await first(services)
    for number, text in enumerate("abc"):
        run = run if number == 0 else await joined(services, run, text)
        await completed(services, run)
        run = await services.runs.get(run.id)
        assert run.variables == {"notes": list("abc"[: number + 1]), "count": number + 1}
        assert run.output == {"notes": run.variables["notes"], "seen": number}
        (started,) = [e for e in await log_of(services, run) if isinstance(e, RunStarted)]
        begun_with = {"notes": list("abc"[:number]), "count": number} if number else None
        assert started.variables == begun_with


async def test_a_run_that_fails_leaves_what_it_came_to(services: Services, end: End) -> None:
    run = await first(services)
    end.how = "badly"
    await completed(services, run)
    failed = await services.runs.get(run.id)
    assert (failed.status, failed.variables) == (RunStatus.FAILED, {"notes": ["a"], "count": 1})
    end.how = "well"
    second = await joined(services, run, "b")
    await completed(services, second)
    assert (await services.runs.get(second.id)).variables == {"notes": ["a", "b"], "count": 2}


async def test_a_thread_that_is_interrupted_goes_on_from_what_was_written(
    services: Services, end: End
) -> None:
    run = await first(services)
    await held(services, end, run)
    second = await joined(services, run, "b", Multitask.INTERRUPT)
    over = await ended(services, second.id)
    interrupted = await services.runs.get(run.id)
    assert interrupted.status is RunStatus.CANCELLED
    assert not interrupted.is_rolled_back
    assert over.variables == {"notes": ["a", "b"], "count": 2}
    await log_of(services, run)


async def test_a_thread_that_is_rolled_back_goes_on_from_before(
    services: Services, end: End
) -> None:
    run = await first(services)
    await completed(services, run)
    second = await joined(services, run, "b")
    await held(services, end, second)
    third = await joined(services, run, "c", Multitask.ROLLBACK)
    over = await ended(services, third.id)
    rolled_back = await services.runs.get(second.id)
    assert (rolled_back.status, rolled_back.is_rolled_back) == (RunStatus.CANCELLED, True)
    assert rolled_back.variables == {"notes": ["a", "b"], "count": 2}
    assert over.variables == {"notes": ["a", "c"], "count": 2}
    await log_of(services, second)


async def test_a_run_that_waits_for_its_turn_begins_when_it_has_come(
    services: Services, end: End
) -> None:
    """Long before anybody looks for due runs by himself."""
    run = await first(services)
    await held(services, end, run)
    queued = [await joined(services, run, text, Multitask.ENQUEUE) for text in "bcd"]
    assert {(await services.runs.get(each.id)).status for each in queued} == {RunStatus.PENDING}
    end.let_go.set()
    async with asyncio.timeout(60):
        over = await ended(services, queued[-1].id)
    assert over.variables == {"notes": list("abcd"), "count": 4}


async def test_a_run_that_is_cancelled_in_the_queue_lets_the_next_one_pass(
    services: Services,
) -> None:
    run = await first(services)
    queued = [await joined(services, run, text, Multitask.ENQUEUE) for text in "bc"]
    await services.runs.cancel(queued[0].id, "not needed")
    await services.runs.cancel(run.id, "not needed")
    async with asyncio.timeout(60):
        over = await ended(services, queued[1].id)
    assert over.variables == {"notes": ["c"], "count": 1}


async def test_another_process_hears_whose_turn_has_come(services: Services) -> None:
    """One that executes nothing lets the active run end; nobody waits for the next look."""
    run = await first(services)
    queued = await joined(services, run, "b", Multitask.ENQUEUE)
    async with open_records(services.settings, services.registry) as elsewhere:
        await elsewhere.runs.cancel(run.id, "not needed")
    async with asyncio.timeout(60):
        over = await ended(services, queued.id)
    assert over.variables == {"notes": ["b"], "count": 1}


WAITING: Mapping[str, Any] = {
    "name": "waiting",
    "variables": {"notes": {"reducer": "append"}},
    "nodes": [
        {"id": "note", "type": "set", "config": {"values": {"notes": "input.text"}}},
        {"id": "ask", "type": "human", "config": {"prompt": "Well?"}},
    ],
    "edges": [{"source": "note", "target": "ask"}],
}


@asynccontextmanager
async def waiting(services: Services) -> AsyncIterator[Run]:
    """A run that waits for a person, in no process."""
    run = await created(services, WAITING, {"text": "a"})
    async with services.runs.watch(run.id) as frames:
        await services.runs.execute(run.id)
        async for frame in frames:
            if frame.type == RunWaiting.type:
                break
    yield run


async def test_a_run_that_waits_is_active_and_can_be_interrupted(
    tmp_path: Path, database_url: str
) -> None:
    async with (
        service(tmp_path, database_url=database_url, wait_linger_seconds=0) as services,
        waiting(services) as run,
    ):
        second = await joined(services, run, "b", Multitask.INTERRUPT)
        async with asyncio.timeout(60), services.runs.watch(second.id) as frames:
            async for frame in frames:
                if frame.type == RunWaiting.type:
                    break
        assert (await services.runs.get(run.id)).variables == {"notes": ["a"]}
        begun = await services.threads.inherited(second)
        assert begun == {"notes": ["a"]}


RETURNING: Mapping[str, Any] = {
    "name": "returning",
    "variables": {"notes": {"reducer": "append"}},
    "nodes": [
        {"id": "note", "type": "set", "config": {"values": {"notes": "1"}}},
        {
            "id": "loop",
            "type": "foreach",
            "config": {"items": "[1, 2]", "mode": "sequential"},
        },
        {"id": "inner", "type": "set", "parent": "loop", "config": {"values": {"notes": "item"}}},
        {"id": "stop", "type": "return", "config": {"value": "vars.notes"}},
    ],
    "edges": [{"source": "note", "target": "loop"}, {"source": "loop", "target": "stop"}],
}


async def test_what_a_run_leaves_is_what_it_saw_last(services: Services) -> None:
    run = await created(services, RETURNING)
    await completed(services, run)
    over = await services.runs.get(run.id)
    assert over.variables == {"notes": over.output}
