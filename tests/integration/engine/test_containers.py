"""Containers through the whole service: what the log tells of bodies, items and what is stopped."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from pydantic_core import from_json

from services.bootstrap import Services
from services.domain.runs import Run, RunStatus
from services.domain.visits import NodeStatus
from tests.support.service import Wire, completed, created, run_of, service
from tests.unit.workflow_compiler.running import edge, node, path, workflow

Document = dict[str, Any]


def calling(node_id: str, function: str, **more: Any) -> Document:
    return node(node_id, "python", function=function, **more)


def places(events: list[Wire]) -> list[str]:
    """What happened where, in short."""
    return [
        f"{event['type'].removeprefix('workflow.')} {event['path']}/{event['node_id']}"
        for event in events
        if "node_id" in event
    ]


async def statuses(services: Services, run: Run) -> dict[str, NodeStatus]:
    page = await services.runs.nodes(run.id)
    return {f"{state.path}/{state.node_id}": state.status for state in page.items}


async def test_the_log_tells_which_item_an_event_belongs_to(tmp_path: Path):
    document = workflow(
        node("loop", "foreach", items="input.xs"),
        node("a", expression="item", parent="loop"),
        node("b", expression="a.output * 10", parent="loop"),
        edges=path("a", "b"),
    )
    async with service(tmp_path) as services:
        run = await created(services, document, {"xs": [1, 2]})
        events = await completed(services, run)
        inside = [f"{what} loop[{i}]/{n}" for i in (0, 1) for n in "ab" for what in STARTED_ENDED]
        assert places(events) == ["node.started /loop", *inside, "node.completed /loop"]
        ended = await services.runs.get(run.id)
        assert (ended.status, ended.output) == (RunStatus.COMPLETED, {"loop": [10, 20]})
        assert (ended.node_count, ended.settled_count) == (1, 1)


STARTED_ENDED = ("node.started", "node.completed")


async def test_what_never_runs_in_an_item_is_skipped_there(tmp_path: Path):
    document = workflow(
        node("loop", "foreach", items="input.xs"),
        node("odd", "condition", expression="item % 2 == 1", parent="loop"),
        node("yes", expression="1", parent="loop"),
        node("no", expression="0", parent="loop"),
        edges=(edge("odd", "yes", sourceHandle="true"), edge("odd", "no", sourceHandle="false")),
    )
    async with service(tmp_path) as services:
        run = await created(services, document, {"xs": [1, 2]})
        await completed(services, run)
        found = await statuses(services, run)
        skipped = {place for place, status in found.items() if status is NodeStatus.SKIPPED}
        assert skipped == {"loop[0]/no", "loop[1]/yes"}


async def test_inside_of_a_container_that_is_skipped_all_is_skipped(tmp_path: Path):
    document = workflow(
        node("begin"),
        node("safe", "try"),
        node("loop", "foreach", items="[1]", parent="safe"),
        node("deep", expression="item", parent="loop"),
        node("oops", expression="error", parent="safe", slot="catch"),
        edges=(edge("begin", "safe", condition="false"),),
    )
    async with service(tmp_path) as services:
        run = await created(services, document)
        await completed(services, run)
        found = await statuses(services, run)
        assert found.pop("/begin") is NodeStatus.COMPLETED
        assert set(found) == {
            "/safe",
            "safe.try/loop",
            "safe.try.loop.body/deep",
            "safe.catch/oops",
        }
        assert set(found.values()) == {NodeStatus.SKIPPED}


async def test_the_first_item_that_fails_stops_the_others(tmp_path: Path):
    begun, stopped = asyncio.Event(), asyncio.Event()

    async def step(item: int) -> None:
        if item == 1:
            await begun.wait()
            raise ConnectionError("the line is down")
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    document = workflow(
        node("loop", "foreach", items="[0, 1, 2]", mode="parallel", max_parallel=2),
        calling("step", "step", arguments={"item": "{{ item }}"}, parent="loop"),
    )
    async with service(tmp_path, {"step": step}) as services:
        run = await created(services, document)
        events = await completed(services, run)
        assert stopped.is_set()
        assert places(events)[-4:] == [
            "node.failed loop[1]/step",
            "node.cancelled loop[0]/step",
            "node.attempt_failed /loop",
            "node.failed /loop",
        ]
        error = (await services.runs.get(run.id)).error
        assert error is not None
        assert (error.type, error.node_id) == ("CONNECTIVITY", "loop")
        assert error.message == "loop[1].step: ConnectionError: the line is down"
        assert set((await statuses(services, run)).values()) == {
            NodeStatus.FAILED,
            NodeStatus.CANCELLED,
        }


async def test_a_sibling_in_a_caught_body_has_stopped_before_catch_begins(tmp_path: Path):
    begun, order = asyncio.Event(), list[str]()

    async def fails() -> None:
        await begun.wait()
        raise ValueError("no")

    async def waits() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            order.append("stopped")

    async def notes(message: str) -> str:
        order.append(message)
        return message

    document = workflow(
        node("safe", "try", error_scope="continue"),
        calling("fails", "fails", parent="safe"),
        calling("waits", "waits", parent="safe"),
        calling(
            "notes",
            "notes",
            arguments={"message": "{{ error.type }} {{ error.node_id }}"},
            parent="safe",
            slot="catch",
        ),
        node("last", expression="safe.output"),
        edges=path("safe", "last"),
    )
    functions = {"fails": fails, "waits": waits, "notes": notes}
    async with service(tmp_path, functions) as services:
        run = await created(services, document)
        events = await completed(services, run)
        assert order == ["stopped", "EXECUTION fails"]
        assert "node.cancelled safe.try/waits" in places(events)
        assert places(events).index("node.cancelled safe.try/waits") < places(events).index(
            "node.started safe.catch/notes"
        )
        assert (await services.runs.get(run.id)).output == {"last": "EXECUTION fails"}


async def test_a_cancel_reaches_into_the_bodies(tmp_path: Path):
    begun, stopped = asyncio.Semaphore(0), Counter[str]()

    async def waits() -> None:
        begun.release()
        try:
            await asyncio.Event().wait()
        finally:
            stopped["waits"] += 1

    document = workflow(
        node("safe", "try"),
        node("loop", "foreach", items="[1, 2, 3]", mode="parallel", parent="safe"),
        calling("waits", "waits", parent="loop"),
        node("after", expression="1", parent="safe", slot="finally"),
    )
    async with service(tmp_path, {"waits": waits}) as services:
        run = await created(services, document)
        async with services.runs.watch(run.id) as frames:
            await services.runs.execute(run.id)
            for _ in range(3):
                await begun.acquire()
            await services.runs.cancel(run.id, "enough")
            async for _ in frames:
                pass
        assert stopped["waits"] == 3
        assert (await services.runs.get(run.id)).status is RunStatus.CANCELLED
        found = await statuses(services, run)
        assert found.pop("/after") is NodeStatus.PENDING
        assert set(found.values()) == {NodeStatus.CANCELLED}


async def test_a_return_ends_the_run_from_within(tmp_path: Path):
    begun, stopped = asyncio.Event(), asyncio.Event()

    async def waits() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    async def begins() -> None:
        await begun.wait()

    document = workflow(
        calling("beside", "waits"),
        node("safe", "try"),
        calling("ready", "begins", parent="safe"),
        node("early", "return", value="42", parent="safe"),
        node("never", expression="1", parent="safe"),
        node("oops", expression="1", parent="safe", slot="catch"),
        node("tidy", expression="2", parent="safe", slot="finally"),
        node("later", expression="3"),
        edges=(*path("ready", "early", "never"), *path("safe", "later")),
    )
    async with service(tmp_path, {"waits": waits, "begins": begins}) as services:
        run = await run_of(services, document)
        assert stopped.is_set()
        assert (run.status, run.output) == (RunStatus.COMPLETED, 42)
        assert await statuses(services, run) == {
            "/beside": NodeStatus.CANCELLED,
            "/safe": NodeStatus.CANCELLED,
            "safe.try/ready": NodeStatus.COMPLETED,
            "safe.try/early": NodeStatus.COMPLETED,
            "safe.try/never": NodeStatus.SKIPPED,
            "safe.catch/oops": NodeStatus.SKIPPED,
            "safe.finally/tidy": NodeStatus.COMPLETED,
            "/later": NodeStatus.SKIPPED,
        }


async def test_tokens_are_shown_in_the_item_that_streams_them(tmp_path: Path):
    document = workflow(
        node("loop", "foreach", items="['a', 'b', 'c']", mode="parallel"),
        node("say", "llm", model="scripted", prompt="{{ item }} {{ item }}", parent="loop"),
    )
    async with service(tmp_path) as services:
        run = await created(services, document)
        texts: dict[str, str] = {}
        ended: list[str] = []
        async with services.runs.watch(run.id) as frames:
            await services.runs.execute(run.id)
            async for frame in frames:
                wire = from_json(frame.text)
                if wire["type"] == "workflow.node.token":
                    assert wire["path"] not in ended
                    text = texts.get(wire["path"], "") + wire["data"]["text"]
                    texts[wire["path"]] = text
                if wire["type"] == "workflow.node.completed":
                    ended.append(wire["path"])
        assert texts == {f"loop[{i}]": f"[scripted] {x} {x}" for i, x in enumerate("abc")}


async def test_a_failed_model_call_in_a_body_does_not_hold_up_the_log(tmp_path: Path):
    """LangGraph's stream tells no end of a node that fails; what follows is told all the same."""
    caught = asyncio.Event()

    async def fails() -> None:
        raise ValueError("no")

    async def waits() -> None:
        await caught.wait()

    document = workflow(
        node("safe", "try", error_scope="continue"),
        calling("fails", "fails", parent="safe"),
        calling("waits", "waits", parent="safe", slot="catch"),
    )
    async with service(tmp_path, {"fails": fails, "waits": waits}) as services:
        run = await created(services, document)
        async with services.runs.watch(run.id) as frames:
            await services.runs.execute(run.id)
            async for frame in frames:
                if frame.type == "node.started" and "safe.catch" in frame.text:
                    caught.set()
        assert (await services.runs.get(run.id)).status is RunStatus.COMPLETED


@pytest.mark.parametrize("mode", ["sequential", "parallel"])
async def test_a_container_is_tried_again_as_a_whole(tmp_path: Path, mode: str):
    calls = Counter[int]()

    async def flaky(item: int) -> int:
        calls[item] += 1
        if item == 1 and calls[item] == 1:
            raise ConnectionError("not yet")
        return item

    retry = {"max_attempts": 2, "initial_interval_seconds": 0.001}
    document = workflow(
        node("loop", "foreach", items="[0, 1]", mode=mode, max_parallel=1, retry=retry),
        calling("step", "flaky", arguments={"item": "{{ item }}"}, parent="loop"),
    )
    async with service(tmp_path, {"flaky": flaky}) as services:
        run = await run_of(services, document)
        assert run.output == {"loop": [0, 1]}
        assert await statuses(services, run) == {
            "/loop": NodeStatus.COMPLETED,
            "loop[0]/step": NodeStatus.COMPLETED,
            "loop[1]/step": NodeStatus.FAILED,
            "loop#1.2[0]/step": NodeStatus.COMPLETED,
            "loop#1.2[1]/step": NodeStatus.COMPLETED,
        }


async def test_a_timeout_of_the_container_stops_what_is_inside(tmp_path: Path):
    begun, stopped = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    document = workflow(
        node("loop", "foreach", items="[1]", timeout_seconds=0.5),
        calling("slow", "slow", parent="loop"),
        node("late", expression="loop.error.type"),
        edges=(edge("loop", "late", on="error"),),
    )
    async with service(tmp_path, {"slow": slow}) as services:
        run = await run_of(services, document)
        assert run.output == {"late": "TIMEOUT"}
        assert stopped.is_set() is begun.is_set()  # a loaded machine may not have come so far
        told = (await statuses(services, run)).get("loop[0]/slow")
        assert told in ({NodeStatus.CANCELLED} if begun.is_set() else {None, NodeStatus.CANCELLED})
