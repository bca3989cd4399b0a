"""What another process asks of a run reaches the one that executes it at once, on each database."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest

from services.bootstrap import Services, open_records, open_services
from services.domain.events.frames import from_frame
from services.domain.events.runs import RunPaused, RunWaiting
from services.domain.events.vocabulary import NodeCompleted, Token
from services.domain.runs import RunStatus
from services.settings import Settings
from tests.support.service import created, ended, log_of
from workflow_compiler import default_registry

SOON = 0.5
"""Design 6 promises as much for a cancel."""

LONG = 3_600.0
"""No lease is renewed and nothing is swept within a test: only what is told is heard."""

ASK = {"id": "ask", "type": "human", "config": {"prompt": "go on?", "form": {}}}
ASKING = {"name": "asking", "nodes": [ASK], "edges": []}
CALLING = {
    "name": "calling",
    "nodes": [
        {"id": "first", "type": "python", "config": {"function": "first"}, "timeout_seconds": 60},
        {"id": "second", "type": "transform", "config": {"expression": "2"}},
    ],
    "edges": [{"source": "first", "target": "second"}],
}


class First:
    """A function that says when it began, and when it was stopped."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.go = asyncio.Event()
        self.stopped_at = 0.0

    async def call(self) -> int:
        self.begun.set()
        try:
            await self.go.wait()
        finally:
            self.stopped_at = time.monotonic()
        return 1


@asynccontextmanager
async def both(
    url: str, functions: Mapping[str, Callable[..., Any]] | None = None, **settings: Any
) -> AsyncIterator[tuple[Services, Services]]:
    """A process that executes runs, and another one that only asks."""
    chosen = Settings(database_url=url, lease_seconds=LONG, wait_linger_seconds=0, **settings)
    registry = default_registry(functions)
    async with open_services(chosen, registry) as here, open_records(chosen, registry) as there:
        yield here, there


async def until(services: Services, run_id: str, kind: str) -> None:
    async with services.runs.watch(run_id) as frames:
        async for frame in frames:
            if frame.type == kind:
                return
    raise AssertionError(kind, await services.runs.get(run_id))


async def test_a_cancel_from_elsewhere_stops_the_work_at_once(database_url: str) -> None:
    first = First()
    async with both(database_url, {"first": first.call}) as (here, there):
        run = await created(here, CALLING)
        await here.runs.execute(run.id)
        await first.begun.wait()
        asked_at = time.monotonic()
        assert (await there.runs.cancel(run.id, "enough")).status is RunStatus.CANCELLING
        run = await ended(here, run.id)
        assert run.status is RunStatus.CANCELLED
        assert first.stopped_at - asked_at < SOON


async def test_a_pause_from_elsewhere_is_heard_though_no_event_is_written(
    database_url: str,
) -> None:
    first = First()
    async with both(database_url, {"first": first.call}) as (here, there):
        run = await created(here, CALLING)
        await here.runs.execute(run.id)
        await first.begun.wait()
        await there.runs.pause(run.id)
        asyncio.get_running_loop().call_later(SOON, first.go.set)
        await until(here, run.id, RunPaused.type)
        asked_at = time.monotonic()
        await there.runs.resume(run.id)
        run = await ended(here, run.id)
        assert run.output == {"second": 2}
        assert time.monotonic() - asked_at < 4 * SOON  # a whole execution, on a busy machine
        assert [event.type for event in await log_of(here, run)].count("run.paused") == 1


async def test_an_answer_from_elsewhere_wakes_a_run(database_url: str) -> None:
    async with both(database_url) as (here, there):
        run = await created(here, ASKING)
        await here.runs.execute(run.id)
        await until(here, run.id, RunWaiting.type)
        (task,) = (await there.waits.tasks("default", run_id=run.id)).items
        await there.waits.complete("default", task.id, {"yes": 1}, by="ada")
        assert (await ended(here, run.id)).output == {"ask": {"yes": 1}}


async def test_a_run_that_is_executed_from_elsewhere_begins_at_once(database_url: str) -> None:
    async with both(database_url) as (here, there):
        document = {"name": "one", "nodes": [CALLING["nodes"][1]], "edges": []}
        run = await created(there, document)
        await there.runs.execute(run.id)
        assert (await ended(here, run.id)).output == {"second": 2}


async def test_text_is_heard_where_it_is_watched_and_whole_before_its_visit_ends(
    postgres_url: str,
) -> None:
    llm = {"id": "say", "type": "llm", "config": {"model": "scripted", "prompt": "one two " * 100}}
    async with both(postgres_url) as (_, there):
        run = await created(there, {"name": "saying", "nodes": [llm], "edges": []})
        text = ""
        async with (
            there.hub.subscribe(run_id=run.id) as subscription,
            there.runs.listen(subscription, run.id, run.event_count) as frames,
        ):
            await there.runs.execute(run.id)
            async for event in (from_frame(frame) async for frame in frames):
                if isinstance(event, Token):
                    text += event.text
                elif isinstance(event, NodeCompleted):
                    break
        assert (await ended(there, run.id)).output["say"]["text"] == text


async def test_who_has_no_place_left_lets_others_know(database_url: str) -> None:
    first = First()
    async with both(database_url, {"first": first.call}, max_concurrent_runs=1) as (here, _):
        full = await created(here, CALLING)
        await here.runs.execute(full.id)
        await first.begun.wait()
        settings = Settings(database_url=database_url, lease_seconds=LONG)
        async with open_services(settings, default_registry({"first": first.call})) as idle:
            await here.workflows.publish("default", ASKING)
            document = {"name": "one", "nodes": [CALLING["nodes"][1]], "edges": []}
            run = await created(here, document)
            await here.runs.execute(run.id)
            assert (await ended(idle, run.id)).status is RunStatus.COMPLETED
        first.go.set()
        await ended(here, full.id)


@pytest.mark.parametrize("depth", [1, 2])
async def test_an_answered_sub_run_goes_on_in_the_place_of_its_parent(
    database_url: str, depth: int
) -> None:
    async with both(database_url, max_concurrent_runs=1) as (here, there):
        await here.workflows.publish("default", ASKING)
        name = "asking"
        for level in range(depth):
            config = {"workflow": name}
            name = f"outer {level}"
            node = {"id": "sub", "type": "subworkflow", "config": config}
            run = await created(here, {"name": name, "nodes": [node], "edges": []})
        await here.runs.execute(run.id)
        await until(here, run.id, RunWaiting.type)
        # Its place is free while it waits.
        other = await created(here, {"name": "one", "nodes": [CALLING["nodes"][1]], "edges": []})
        await here.runs.execute(other.id)
        assert (await ended(here, other.id)).status is RunStatus.COMPLETED

        (task,) = (await there.waits.tasks("default")).items
        await there.waits.complete("default", task.id, {"yes": 1}, by="ada")
        run = await ended(here, run.id)
        assert run.status is RunStatus.COMPLETED
        answer: Any = {"ask": {"yes": 1}}
        for _ in range(depth):
            answer = {"sub": answer}
        assert run.output == answer
        await log_of(here, run)


async def test_two_hundred_races_of_cancel_and_end_have_one_end_each(database_url: str) -> None:
    async with both(database_url) as (here, there):
        document = {"name": "one", "nodes": [CALLING["nodes"][1]], "edges": []}
        runs = [await created(here, document) for _ in range(200)]

        async def race(number: int, run_id: str) -> None:
            await here.runs.execute(run_id)
            for _ in range(number % 50):
                await asyncio.sleep(0)
            asker = (here, there)[number % 2]
            await asyncio.gather(asker.runs.cancel(run_id, "race"), return_exceptions=True)

        async with asyncio.TaskGroup() as tasks:
            for number, run in enumerate(runs):
                tasks.create_task(race(number, run.id))
        outcomes = set()
        for run in runs:
            over = await ended(here, run.id)
            outcomes.add(over.status)
            types = [event.type for event in await log_of(here, over)]
            assert [t for t in types if t in ENDS] == [f"run.{over.status}"]
            assert types[-1] in ENDS
        assert outcomes <= {RunStatus.COMPLETED, RunStatus.CANCELLED}


ENDS = {"run.completed", "run.failed", "run.cancelled"}
