"""Runs that wait for people, moments and signals: durably, and without holding anything."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from services.bootstrap import Services
from services.domain.events.runs import RunResumed, RunWaiting
from services.domain.events.waits import NodeWaiting, TaskCompleted, TimerFired
from services.domain.runs import Run, RunStatus
from services.domain.visits import NodeStatus
from services.domain.waits import Task, TaskStatus
from services.errors import InputError, TaskIsOverError
from tests.support.service import completed, created, ended, log_of, service, states_of
from tests.support.service import completed as executed

FORM = {
    "type": "object",
    "required": ["approved"],
    "properties": {"approved": {"type": "boolean"}},
    "additionalProperties": False,
}
ASK = {
    "id": "ask",
    "type": "human",
    "config": {"prompt": "Refund {{ input.amount }}?", "form": FORM, "assignee": "ada"},
}
REFUND = {
    "name": "refund",
    "nodes": [
        ASK,
        {"id": "after", "type": "transform", "config": {"expression": "ask.output.approved"}},
    ],
    "edges": [{"source": "ask", "target": "after"}],
}


async def waiting(services: Services, document: dict[str, Any], run: Run | None = None) -> Run:
    """A run that has given up its worker, because all that it does is wait."""
    run = run or await created(services, document, {"amount": 7})
    async with services.runs.watch(run.id) as frames:
        await services.runs.execute(run.id)
        async for frame in frames:
            if frame.type == RunWaiting.type:
                break
    return run


async def task_of(services: Services, run: Run) -> Task:
    (task,) = (await services.waits.tasks("default", run_id=run.id)).items
    return task


async def test_a_person_is_asked_and_the_run_goes_on_with_the_answer(tmp_path: Path) -> None:
    async with service(tmp_path, wait_linger_seconds=0) as services:
        run = await waiting(services, REFUND)
        task = await task_of(services, run)
        assert (task.prompt, task.assignee, task.status) == ("Refund 7?", "ada", TaskStatus.OPEN)
        assert (await services.runs.get(run.id)).status is RunStatus.WAITING
        assert (await states_of(services, run))["ask", 1].status is NodeStatus.WAITING

        await services.waits.complete("default", task.id, {"approved": True}, by="bob")
        run = await ended(services, run.id)

        assert (run.status, run.output) == (RunStatus.COMPLETED, {"after": True})
        ask = (await states_of(services, run))["ask", 1]
        assert (ask.status, ask.attempt, ask.output) == (
            NodeStatus.COMPLETED,
            1,
            {"approved": True},
        )
        events = await log_of(services, run)
        assert [event.type for event in events] == [
            "run.created",
            "run.started",
            "node.started",
            "task.created",
            "node.waiting",
            "run.waiting",
            "run.resumed",
            "task.completed",
            "node.completed",
            "node.started",
            "node.completed",
            "run.completed",
        ]
        (answer,) = (event for event in events if isinstance(event, TaskCompleted))
        assert (answer.task_id, answer.by) == (task.id, "bob")


async def test_an_answer_must_fit_and_counts_once(tmp_path: Path) -> None:
    async with service(tmp_path, wait_linger_seconds=0) as services:
        run = await waiting(services, REFUND)
        task = await task_of(services, run)
        with pytest.raises(InputError, match="approved"):
            await services.waits.complete("default", task.id, {"approved": "yes"}, by="bob")

        answers = [
            services.waits.complete("default", task.id, {"approved": yes}, by=f"{yes}")
            for yes in (True, False)
        ]
        outcomes = await asyncio.gather(*answers, return_exceptions=True)
        (refused,) = (outcome for outcome in outcomes if isinstance(outcome, Exception))
        (first,) = (outcome for outcome in outcomes if isinstance(outcome, Task))
        assert isinstance(refused, TaskIsOverError)
        assert str(first.answered_by) in str(refused)
        run = await ended(services, run.id)
        assert run.output == {"after": first.answer["approved"]}


async def test_others_go_on_while_one_waits(tmp_path: Path) -> None:
    document = {
        "name": "beside",
        "nodes": [
            ASK,
            {"id": "one", "type": "python", "config": {"function": "one"}},
            {"id": "two", "type": "transform", "config": {"expression": "one.output + 1"}},
            {
                "id": "both",
                "type": "transform",
                "config": {"expression": "[ask.output, two.output]"},
            },
        ],
        "edges": [
            {"source": "one", "target": "two"},
            {"source": "ask", "target": "both"},
            {"source": "two", "target": "both"},
        ],
    }

    async def one() -> int:
        return 1

    async with service(tmp_path, {"one": one}, wait_linger_seconds=60) as services:
        run = await created(services, document, {"amount": 1})
        async with services.runs.watch(run.id) as frames:
            await services.runs.execute(run.id)
            async for frame in frames:
                if frame.type == "node.completed" and '"node_id":"two"' in frame.text:
                    break
        task = await task_of(services, run)
        await services.waits.complete("default", task.id, {"approved": True}, by="ada")
        run = await ended(services, run.id)

        assert run.output == {"both": [{"approved": True}, 2]}
        assert run.attempt == 1
        assert not [e for e in await log_of(services, run) if isinstance(e, RunWaiting)]


async def test_who_waits_for_a_person_is_told_of_at_once_and_a_short_timer_is_not(
    tmp_path: Path,
) -> None:
    timer = {"id": "ask", "type": "timer", "config": {"seconds": 0.5}}
    async with service(tmp_path) as services:
        begun_at = time.monotonic()
        await waiting(services, {"name": "asking", "nodes": [ASK], "edges": []})
        assert time.monotonic() - begun_at < 0.8
        run = await created(services, {"name": "sleeping", "nodes": [timer], "edges": []})
        assert "workflow.run.waiting" not in [e["type"] for e in await completed(services, run)]


async def test_a_timer_fires_once_and_not_early(tmp_path: Path) -> None:
    document = {
        "name": "later",
        "nodes": [{"id": "wait", "type": "timer", "config": {"seconds": 0.2}}],
        "edges": [],
    }
    async with service(tmp_path, wait_linger_seconds=0) as services:
        run = await waiting(services, document)
        run = await ended(services, run.id)

        assert run.status is RunStatus.COMPLETED
        events = await log_of(services, run)
        (begun,) = (event for event in events if isinstance(event, NodeWaiting))
        (fired,) = (event for event in events if isinstance(event, TimerFired))
        assert begun.due_at is not None
        assert fired.at >= begun.due_at >= begun.at + timedelta(seconds=0.15)


async def test_what_is_not_answered_in_time_is_a_failure_that_can_be_handled(
    tmp_path: Path,
) -> None:
    ask = ASK | {"config": {"prompt": "Well?", "due_seconds": 0.1}}
    document = {
        "name": "patience",
        "nodes": [
            ask,
            {"id": "late", "type": "transform", "config": {"expression": "ask.error.type"}},
        ],
        "edges": [{"source": "ask", "target": "late", "on": "error"}],
    }
    async with service(tmp_path, wait_linger_seconds=0) as services:
        run = await waiting(services, document)
        run = await ended(services, run.id)
        assert run.output == {"late": "TIMEOUT"}
        task = await task_of(services, run)
        assert task.status is TaskStatus.EXPIRED
        with pytest.raises(TaskIsOverError):
            await services.waits.complete("default", task.id, {}, by="too late")


LISTEN = {
    "name": "listen",
    "nodes": [
        {
            "id": "paid",
            "type": "wait_event",
            "config": {"name": "payment", "key": "{{ input.order }}"},
        }
    ],
    "edges": [],
}


async def test_a_signal_reaches_whoever_waits_for_its_key(tmp_path: Path) -> None:
    async with service(tmp_path, wait_linger_seconds=0) as services:
        runs = [await created(services, LISTEN, {"order": order}) for order in ("a", "b")]
        for run in runs:
            await waiting(services, LISTEN, run)
        visit = await services.waits.signal("default", "payment", "b", {"euros": 5})
        assert visit is not None
        assert visit.run_id == runs[1].id
        assert (await ended(services, runs[1].id)).output == {"paid": {"euros": 5}}
        assert (await services.runs.get(runs[0].id)).status is RunStatus.WAITING


async def test_a_signal_that_comes_first_is_kept_for_one(tmp_path: Path) -> None:
    async with service(tmp_path, wait_linger_seconds=0) as services:
        assert await services.waits.signal("default", "payment", "a", 1) is None
        first = await created(services, LISTEN, {"order": "a"})
        await executed(services, first)
        assert (await services.runs.get(first.id)).output == {"paid": 1}
        second = await created(services, LISTEN, {"order": "a"})
        await waiting(services, LISTEN, second)
        await services.waits.signal("default", "payment", "a", 2)
        assert (await ended(services, second.id)).output == {"paid": 2}


async def test_every_item_asks_for_itself(tmp_path: Path) -> None:
    document = {
        "name": "votes",
        "nodes": [
            {
                "id": "each",
                "type": "foreach",
                "config": {"items": "input.names", "mode": "parallel", "max_parallel": 3},
            },
            {
                "id": "vote",
                "type": "human",
                "parent": "each",
                "config": {"prompt": "{{ item }}?", "assignee": "{{ item }}"},
            },
        ],
    }
    names = ["ada", "bob", "eve"]
    async with service(tmp_path, wait_linger_seconds=0) as services:
        run = await created(services, document, {"names": names})
        await waiting(services, document, run)
        for name in names:
            (task,) = (await services.waits.tasks("default", assignee=name)).items
            assert (task.prompt, task.path) == (f"{name}?", f"each[{names.index(name)}]")
            await services.waits.complete("default", task.id, f"{name}'s", by=name)
        run = await ended(services, run.id)
        assert run.output == {"each": ["ada's", "bob's", "eve's"]}
        await log_of(services, run)


async def test_what_was_stopped_asks_nobody_while_the_run_goes_on(tmp_path: Path) -> None:
    asking = asyncio.Event()

    async def refuse() -> None:
        await asking.wait()
        raise PermissionError

    document = {
        "name": "given-up",
        "nodes": [
            {"id": "safe", "type": "try", "config": {"error_scope": "continue"}},
            {"parent": "safe", "slot": "try", **ASK},
            {
                "id": "fall",
                "parent": "safe",
                "slot": "try",
                "type": "python",
                "config": {"function": "refuse"},
            },
            ASK | {"id": "after"},
        ],
        "edges": [{"source": "safe", "target": "after"}],
    }
    async with service(tmp_path, {"refuse": refuse}, wait_linger_seconds=60) as services:
        run = await created(services, document, {"amount": 7})
        async with services.runs.watch(run.id) as frames:
            await services.runs.execute(run.id)
            async for frame in frames:
                if frame.type == NodeWaiting.type:
                    asking.set()
                    if '"node_id":"after"' in frame.text:
                        break
        tasks = (await services.waits.tasks("default", run_id=run.id)).items
        assert {task.node_id: task.status for task in tasks} == {
            "ask": TaskStatus.CANCELLED,
            "after": TaskStatus.OPEN,
        }


async def test_a_run_that_waits_is_cancelled_and_its_task_with_it(tmp_path: Path) -> None:
    async with service(tmp_path, wait_linger_seconds=0) as services:
        run = await waiting(services, REFUND)
        await services.runs.cancel(run.id, "no need")
        run = await ended(services, run.id)
        assert run.status is RunStatus.CANCELLED
        assert (await states_of(services, run))["ask", 1].status is NodeStatus.CANCELLED
        await log_of(services, run)
        assert (await task_of(services, run)).status is TaskStatus.CANCELLED


@pytest.mark.parametrize("linger", [0, 60])
async def test_a_wait_outlives_its_process(tmp_path: Path, linger: float) -> None:
    settings = {"wait_linger_seconds": linger, "shutdown_grace_seconds": 0}
    async with service(tmp_path, **settings) as services:
        run = await created(services, REFUND, {"amount": 7})
        async with services.runs.watch(run.id) as frames:
            await services.runs.execute(run.id)
            async for frame in frames:
                if frame.type == NodeWaiting.type:
                    break
    async with service(tmp_path, **settings) as services:
        task = await task_of(services, run)
        await services.waits.complete("default", task.id, {"approved": False}, by="bob")
        run = await ended(services, run.id)
        assert run.output == {"after": False}
        events = await log_of(services, run)
        assert sum(isinstance(event, NodeWaiting) for event in events) == 1
        assert (await states_of(services, run))["ask", 1].attempt == 1


async def test_a_loop_asks_each_time(tmp_path: Path) -> None:
    document = {
        "name": "again",
        "nodes": [
            {"id": "go", "type": "start"},
            ASK | {"config": {"prompt": "Turn {{ ask.visit }}?"}},
            {"id": "done", "type": "transform", "config": {"expression": "ask.output"}},
        ],
        "edges": [
            {"source": "go", "target": "ask"},
            {"source": "ask", "target": "ask", "condition": "ask.visit < 3"},
            {"source": "ask", "target": "done", "default": True},
        ],
    }
    async with service(tmp_path, wait_linger_seconds=0) as services:
        run = await created(services, document)
        async with services.runs.watch(run.id) as frames:
            await services.runs.execute(run.id)
            async for frame in frames:
                if frame.type == RunWaiting.type:
                    (task,) = (await services.waits.tasks("default", status=TaskStatus.OPEN)).items
                    await services.waits.complete("default", task.id, task.visit, by="ada")
        assert (await services.runs.get(run.id)).output == {"done": 3}
        tasks = (await services.waits.tasks("default")).items
        assert [task.prompt for task in reversed(tasks)] == [f"Turn {n}?" for n in (1, 2, 3)]


async def test_a_run_that_is_due_does_not_rest_again_before_it_has_looked(tmp_path: Path) -> None:
    """With no time to linger at all, what a visit asks the store must not count as waiting."""
    listen = {"name": "paid", "key": "nobody", "timeout_seconds": 0.2}
    document = {
        "name": "silence",
        "nodes": [
            {"id": "paid", "type": "wait_event", "config": listen},
            {"id": "late", "type": "transform", "config": {"expression": "paid.error.type"}},
        ],
        "edges": [{"source": "paid", "target": "late", "on": "error"}],
    }
    async with service(tmp_path, wait_linger_seconds=0) as services:
        run = await created(services, document)
        await services.runs.execute(run.id)
        async with asyncio.timeout(60):
            run = await ended(services, run.id)

        assert (run.status, run.output) == (RunStatus.COMPLETED, {"late": "TIMEOUT"})
        resumed = [e for e in await log_of(services, run) if isinstance(e, RunResumed)]
        assert len(resumed) == 1


async def test_a_run_at_rest_is_stopped_by_the_timer_of_what_waits(tmp_path: Path) -> None:
    timed = {**ASK, "timeout_seconds": 0.3, "retry": {"max_attempts": 1}}
    async with service(tmp_path, wait_linger_seconds=0) as services:
        run = await waiting(services, {"name": "timed", "nodes": [timed], "edges": []})
        run = await ended(services, run.id)
        assert run.error is not None
        assert (run.error.type, run.error.message) == ("TIMEOUT", "no result within 0.3 s")


async def test_a_branch_that_only_computes_does_not_wait_for_a_person(tmp_path: Path) -> None:
    """Nor for a slow neighbour: each of them has supersteps of its own."""
    steps = [{"id": name, "type": "transform", "config": {"expression": "1"}} for name in "sabc"]
    ways = [("s", "ask"), ("s", "a"), ("a", "b"), ("b", "c")]
    document = {
        "name": "beside",
        "nodes": [*steps, ASK],
        "edges": [{"source": source, "target": target} for source, target in ways],
    }
    async with service(tmp_path) as services:
        run = await waiting(services, document)
        states = await states_of(services, run)
        assert {states[name, 1].status for name in "sabc"} == {NodeStatus.COMPLETED}


OVERTIME = {
    "name": "overtime",
    "nodes": [
        ASK,
        {"id": "patience", "type": "timer", "config": {"seconds": 0.05}},
        {"id": "first", "type": "transform", "join": "any", "config": {"expression": "ask.status"}},
        {"id": "after", "type": "python", "config": {"function": "after"}},
    ],
    "edges": [
        {"source": "ask", "target": "first"},
        {"source": "patience", "target": "first"},
        {"source": "first", "target": "after"},
    ],
}


async def test_of_a_person_and_a_timer_the_first_one_counts_and_the_other_is_kept(
    tmp_path: Path,
) -> None:
    calls = 0

    async def after() -> int:
        nonlocal calls
        calls += 1
        return calls

    async with service(tmp_path, {"after": after}, wait_linger_seconds=0) as services:
        run = await created(services, OVERTIME, {"amount": 7})
        async with services.runs.watch(run.id) as frames:
            await services.runs.execute(run.id)
            async for frame in frames:
                if frame.type == "node.completed" and '"node_id":"after"' in frame.text:
                    break

    async with service(tmp_path, {"after": after}, wait_linger_seconds=0) as services:
        task = await task_of(services, run)
        await services.waits.complete("default", task.id, {"approved": True}, by="bob")
        run = await ended(services, run.id)
        assert (run.status, run.output) == (RunStatus.COMPLETED, {"after": 1})
        visits = await states_of(services, run)
        assert sorted(visits) == [("after", 1), ("ask", 1), ("first", 1), ("patience", 1)]
        assert visits["first", 1].output == "pending"
        assert calls == 1
