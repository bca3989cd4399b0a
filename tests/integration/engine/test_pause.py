"""Runs that somebody holds: nothing more begins, nothing is lost, and they go on when asked."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from services.bootstrap import Services
from services.domain.control import pausing, resuming
from services.domain.events.runs import Resumption, RunPaused, RunResumed, RunStarted
from services.domain.runs import Run, RunStatus
from services.domain.selecting import RunSelection
from services.domain.visits import NodeStatus
from services.errors import (
    RunIsOverError,
    RunIsPausedError,
    RunNotPausedError,
)
from tests.support.service import created, ended, log_of, run_of, service, states_of

ASK = {"id": "ask", "type": "human", "config": {"prompt": "go on?", "form": {}}}


def chain(*names: str, **extra: Any) -> dict[str, Any]:
    """Functions one after the other."""
    nodes = [{"id": n, "type": "python", "config": {"function": n}, **extra} for n in names]
    edges = [{"source": a, "target": b} for a, b in pairwise(names)]
    return {"name": "chain", "nodes": nodes, "edges": edges}


class Work:
    """A function that says when it is at work and lasts until it is let go; and another one."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.go = asyncio.Event()
        self.calls: Counter[str] = Counter()

    async def first(self) -> int:
        self.calls["first"] += 1
        self.begun.set()
        await self.go.wait()
        return 1

    async def second(self) -> int:
        self.calls["second"] += 1
        return 2

    @property
    def functions(self) -> dict[str, Callable[..., Any]]:
        return {"first": self.first, "second": self.second}


async def until(services: Services, run: Run, kind: str, times: int = 1) -> None:
    """Wait until an event of this type is in the log so many times."""
    async with services.runs.watch(run.id) as frames:
        async for frame in frames:
            times -= frame.type == kind
            if not times:
                return
    raise AssertionError(kind)


async def test_what_is_at_work_ends_and_nothing_more_begins_until_resume(tmp_path: Path) -> None:
    work = Work()
    async with service(tmp_path, work.functions) as services:
        run = await created(services, chain("first", "second"))
        await services.runs.execute(run.id)
        await work.begun.wait()
        held = await services.runs.pause(run.id)
        assert (held.status, held.is_held) == (RunStatus.RUNNING, True)
        work.go.set()
        await until(services, run, RunPaused.type)

        paused = await services.runs.get(run.id)
        assert paused.status is RunStatus.PAUSED
        assert (await states_of(services, run))["first", 1].status is NodeStatus.COMPLETED
        assert work.calls == {"first": 1}

        resumed = await services.runs.resume(run.id)
        assert not resumed.is_held
        run = await ended(services, run.id)
        assert (run.status, run.output, run.attempt) == (RunStatus.COMPLETED, {"second": 2}, 1)
        assert work.calls == {"first": 1, "second": 1}
        types = [event.type for event in await log_of(services, run)]
        assert types[:6] == [
            "run.created", "run.started", "node.started", "node.completed", "node.paused",
            "run.paused",
        ]  # fmt: skip
        (again,) = (e for e in await log_of(services, run) if isinstance(e, RunResumed))
        assert again.reason is Resumption.UNPAUSED


async def test_a_hold_that_is_lifted_in_time_is_no_pause(tmp_path: Path) -> None:
    work = Work()
    async with service(tmp_path, work.functions) as services:
        run = await created(services, chain("first", "second"))
        await services.runs.execute(run.id)
        await work.begun.wait()
        await services.runs.pause(run.id)
        await services.runs.pause(run.id)
        await services.runs.resume(run.id)
        with pytest.raises(RunNotPausedError):
            await services.runs.resume(run.id)
        work.go.set()
        run = await ended(services, run.id)
        assert run.status is RunStatus.COMPLETED
        assert "run.paused" not in [event.type for event in await log_of(services, run)]


async def test_no_further_attempt_begins_while_it_is_held(tmp_path: Path) -> None:
    calls = 0
    failing, go = asyncio.Event(), asyncio.Event()

    async def flaky() -> int:
        nonlocal calls
        calls += 1
        if calls == 1:
            failing.set()
            await go.wait()
            raise ConnectionError("away")
        return calls

    retry = {"max_attempts": 3, "initial_interval_seconds": 3_600}
    async with service(tmp_path, {"flaky": flaky}) as services:
        run = await created(services, chain("flaky", retry=retry))
        await services.runs.execute(run.id)
        await failing.wait()
        await services.runs.pause(run.id)
        go.set()
        await until(services, run, RunPaused.type)  # though the next attempt is an hour away
        assert calls == 1
        await services.runs.resume(run.id)
        run = await ended(services, run.id)
        assert (run.status, run.output) == (RunStatus.COMPLETED, {"flaky": 2})


async def test_nothing_begins_inside_a_container(tmp_path: Path) -> None:
    work = Work()
    document = {
        "name": "loop",
        "nodes": [
            {"id": "loop", "type": "foreach", "config": {"items": "[1, 2, 3]"}},
            {"id": "in", "type": "python", "config": {"function": "first"}, "parent": "loop"},
        ],
        "edges": [],
    }
    async with service(tmp_path, work.functions) as services:
        run = await created(services, document)
        await services.runs.execute(run.id)
        await work.begun.wait()
        await services.runs.pause(run.id)
        work.go.set()
        await until(services, run, RunPaused.type)
        assert work.calls["first"] == 1
        await services.runs.resume(run.id)
        run = await ended(services, run.id)
        assert (run.output, work.calls["first"]) == ({"loop": [1, 1, 1]}, 3)


async def test_an_answer_is_taken_while_a_run_is_paused_but_the_run_stays(tmp_path: Path) -> None:
    document = {
        "name": "asking",
        "nodes": [ASK, {"id": "after", "type": "transform", "config": {"expression": "1"}}],
        "edges": [{"source": "ask", "target": "after"}],
    }
    async with service(tmp_path, wait_linger_seconds=60) as services:
        run = await created(services, document)
        await services.runs.execute(run.id)
        await until(services, run, "node.waiting")
        await services.runs.pause(run.id)
        await until(services, run, RunPaused.type)  # a task that waits keeps nothing from pausing
        (task,) = (await services.waits.tasks("default", run_id=run.id)).items
        await services.waits.complete("default", task.id, {"yes": 1}, by="ada")
        assert (await services.runs.get(run.id)).status is RunStatus.PAUSED
        await services.runs.resume(run.id)
        run = await ended(services, run.id)
        assert (run.status, run.output) == (RunStatus.COMPLETED, {"after": 1})
        answered = [e.type for e in await log_of(services, run)]
        assert answered.count("task.completed") == 1


async def test_a_run_at_rest_is_paused_at_once(tmp_path: Path) -> None:
    async with service(tmp_path, wait_linger_seconds=0) as services:
        pending = await created(services, {"name": "asking", "nodes": [ASK], "edges": []})
        paused = await services.runs.pause(pending.id)
        assert paused.status is RunStatus.PAUSED
        with pytest.raises(RunIsPausedError):
            await services.runs.execute(pending.id)
        await services.runs.resume(pending.id)
        await until(services, pending, "run.waiting")
        assert (await services.runs.pause(pending.id)).status is RunStatus.PAUSED
        assert (await services.runs.pause(pending.id)).status is RunStatus.PAUSED
        types = [event.type for event in await log_of(services, pending)]
        assert types[1:3] == ["run.paused", "run.started"]
        assert types[-1] == "run.paused"


async def test_a_paused_run_is_cancelled_at_once(tmp_path: Path) -> None:
    async with service(tmp_path, wait_linger_seconds=0) as services:
        run = await created(services, {"name": "asking", "nodes": [ASK], "edges": []})
        await services.runs.execute(run.id)
        await until(services, run, "run.waiting")
        await services.runs.pause(run.id)
        await services.runs.cancel(run.id, "enough")  # perhaps its process still has it
        assert (await ended(services, run.id)).status is RunStatus.CANCELLED
        assert (await states_of(services, run))["ask", 1].status is NodeStatus.CANCELLED
        for refused in (services.runs.pause, services.runs.resume):
            with pytest.raises(RunIsOverError):
                await refused(run.id)
        await log_of(services, run)


async def test_a_run_that_nobody_paused_cannot_be_resumed(tmp_path: Path) -> None:
    async with service(tmp_path) as services:
        run = await created(services, chain_of_one())
        with pytest.raises(RunNotPausedError):
            await services.runs.resume(run.id)
        done = await run_of(services, chain_of_one())
        with pytest.raises(RunIsOverError):
            await services.runs.pause(done.id)


def chain_of_one() -> dict[str, Any]:
    node = {"id": "one", "type": "transform", "config": {"expression": "1"}}
    return {"name": "one", "nodes": [node], "edges": []}


async def test_a_run_stays_held_over_a_restart(tmp_path: Path) -> None:
    work = Work()
    async with service(tmp_path, work.functions, shutdown_grace_seconds=0) as services:
        run = await created(services, chain("first", "second"))
        await services.runs.execute(run.id)
        await work.begun.wait()
        await services.runs.pause(run.id)
    async with service(tmp_path, work.functions) as services:
        assert (await services.runs.get(run.id)).status is RunStatus.PAUSED
        work.go.set()
        await services.runs.resume(run.id)
        run = await ended(services, run.id)
        assert (run.status, work.calls) == (RunStatus.COMPLETED, {"first": 2, "second": 1})


async def test_a_run_that_is_resumed_while_it_is_laid_to_rest_goes_on_at_once(
    tmp_path: Path,
) -> None:
    """Its process was lost while it was held; whoever resumes it is another process again."""
    async with service(tmp_path, lease_seconds=600) as services, asyncio.timeout(60):
        run = await created(services, chain_of_one())
        claim = await services.runs.leases.claim(run.id, "lost", 0.0)
        assert claim is not None
        begun = RunStarted(attempt=1, at=services.clock.now())
        await services.runs.journal.record(run.id, claim.fence, [begun])
        await services.runs.journal.ask(run.id, pausing(services.clock.now()))
        services.runs.dispatcher.send(run.id)
        await services.runs.journal.ask(run.id, resuming(services.clock.now()))
        run = await ended(services, run.id)
        assert run.status is RunStatus.COMPLETED
        assert "run.paused" in [event.type for event in await log_of(services, run)]


OUTER = {
    "name": "outer",
    "nodes": [
        {"id": "sub", "type": "subworkflow", "config": {"workflow": "chain"}},
        {"id": "end", "type": "transform", "config": {"expression": "sub.output"}},
    ],
    "edges": [{"source": "sub", "target": "end"}],
}


async def test_sub_runs_pause_and_go_on_with_their_parent(tmp_path: Path) -> None:
    work = Work()
    async with service(tmp_path, work.functions, max_concurrent_runs=1) as services:
        await services.workflows.publish("default", chain("first", "second"))
        run = await created(services, OUTER)
        await services.runs.execute(run.id)
        await work.begun.wait()
        await services.runs.pause(run.id)
        work.go.set()
        await until(services, run, RunPaused.type)
        (child,) = (await services.runs.page("default", RunSelection(parent_run_id=run.id))).items
        assert (child.status, work.calls) == (RunStatus.PAUSED, {"first": 1})

        await services.runs.resume(run.id)
        run = await ended(services, run.id)
        assert (run.status, run.output) == (RunStatus.COMPLETED, {"end": {"second": 2}})
        assert work.calls == {"first": 1, "second": 1}
        assert (await states_of(services, run))["sub", 1].attempt == 1
        await log_of(services, child)


async def test_a_sub_run_may_be_paused_alone(tmp_path: Path) -> None:
    work = Work()
    async with service(
        tmp_path, work.functions, max_concurrent_runs=1, wait_linger_seconds=0
    ) as services:
        await services.workflows.publish("default", chain("first", "second"))
        run = await created(services, OUTER)
        await services.runs.execute(run.id)
        await work.begun.wait()
        (child,) = (await services.runs.page("default", RunSelection(parent_run_id=run.id))).items
        await services.runs.pause(child.id)
        work.go.set()
        await until(services, run, "run.waiting")  # for its sub-run
        await services.runs.resume(child.id)
        run = await ended(services, run.id)
        assert (run.status, work.calls) == (RunStatus.COMPLETED, {"first": 1, "second": 1})


async def test_a_paused_tree_is_cancelled_as_a_whole(tmp_path: Path) -> None:
    work = Work()
    async with service(tmp_path, work.functions) as services:
        await services.workflows.publish("default", chain("first", "second"))
        run = await created(services, OUTER)
        await services.runs.execute(run.id)
        await work.begun.wait()
        await services.runs.pause(run.id)
        work.go.set()
        await until(services, run, RunPaused.type)
        await services.runs.cancel(run.id, "enough")  # perhaps its process still has it
        assert (await ended(services, run.id)).status is RunStatus.CANCELLED
        (child,) = (await services.runs.page("default", RunSelection(parent_run_id=run.id))).items
        assert child.status is RunStatus.CANCELLED


@pytest.mark.parametrize("order", [["pause", "cancel"], ["cancel", "pause"], ["pause", "resume"]])
async def test_races_of_requests_with_the_end_have_one_winner(
    tmp_path: Path, order: list[str]
) -> None:
    async with service(tmp_path) as services:
        asks: dict[str, Callable[[str], Any]] = {
            "pause": services.runs.pause,
            "resume": services.runs.resume,
            "cancel": lambda run_id: services.runs.cancel(run_id, "race"),
        }
        for turn in range(20):
            run = await created(services, chain_of_one())
            await services.runs.execute(run.id)
            for _ in range(turn * 10):
                await asyncio.sleep(0)
            await asyncio.gather(*(asks[name](run.id) for name in order), return_exceptions=True)
            if not (await services.runs.get(run.id)).is_over:
                await asyncio.gather(services.runs.resume(run.id), return_exceptions=True)
            run = await ended(services, run.id)
            last = [e.type for e in await log_of(services, run) if e.type in ENDS]
            assert len(last) == 1


ENDS = {"run.completed", "run.failed", "run.cancelled"}
