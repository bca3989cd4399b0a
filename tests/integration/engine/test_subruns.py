"""Workflows that run other workflows: results, failures, cancels, and what a lost parent leaves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from services.bootstrap import Services
from services.domain.events.frames import from_stored
from services.domain.events.runs import Parent, Resumption, RunResumed, RunWaiting
from services.domain.family import Branch
from services.domain.projection import fold
from services.domain.runs import Run, RunStatus
from services.domain.selecting import RunSelection
from services.records import Records, recording
from services.store.leases import Claim
from services.store.tables import workflow_runs
from services.usecases.accepting import Background
from tests.support.service import completed, created, run_of, service, states_of

ADDS = {
    "name": "adds",
    "input_schema": {"type": "object", "properties": {"n": {"type": "integer"}}},
    "nodes": [{"id": "add", "type": "transform", "config": {"expression": "input.n + 1"}}],
    "output": {"sum": "{{ add.output }}"},
}


def calls(workflow: str, name: str = "calls", **more: Any) -> dict[str, Any]:
    """A workflow with a node `sub` that runs another one; `more` are keys of the node or config."""
    config: dict[str, Any] = {key: more.pop(key) for key in ("version", "input") if key in more}
    sub = {"id": "sub", "type": "subworkflow", "config": {"workflow": workflow, **config}, **more}
    return {"name": name, "nodes": [sub]}


def python(name: str, function: str) -> dict[str, Any]:
    nodes = [{"id": "work", "type": "python", "config": {"function": function}}]
    return {"name": name, "nodes": nodes}


class Hanging:
    """A function that never comes to an end, and tells when it has begun."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()

    async def hang(self) -> None:
        self.begun.set()
        await asyncio.Event().wait()


async def stored(services: Services, *documents: dict[str, Any]) -> None:
    for document in documents:
        await services.workflows.publish("default", document)


async def only_child(services: Services, run: Run) -> Run:
    page = await services.runs.page("default", RunSelection(parent_run_id=run.id))
    (child,) = page.items
    return child


async def ended(services: Services, run: Run) -> Run:
    async with services.runs.watch(run.id) as frames:
        async for _ in frames:
            pass
    return await services.runs.get(run.id)


@asynccontextmanager
async def hanging_line(folder: Path, **settings: Any) -> AsyncIterator[tuple[Services, list[Run]]]:
    """A run that waits for one that waits for one that hangs; the outermost first."""
    hanging = Hanging()
    async with service(folder, {"hang": hanging.hang}, **settings) as services:
        await stored(services, python("inner", "hang"), calls("inner", name="middle"))
        outer = await created(services, calls("middle", name="outer"))
        await services.runs.execute(outer.id)
        await hanging.begun.wait()
        middle = await only_child(services, outer)
        yield services, [outer, middle, await only_child(services, middle)]


async def test_a_sub_run_is_a_run_of_its_own(tmp_path: Path) -> None:
    async with service(tmp_path) as services:
        await stored(services, ADDS)
        run = await created(services, calls("adds", input={"n": "{{ input.n }}"}), {"n": 2})
        events = await completed(services, run)
        run, child = await services.runs.get(run.id), await only_child(services, run)
        assert (run.status, run.output) == (RunStatus.COMPLETED, {"sub": {"sum": 3}})
        assert (child.status, child.input, child.output) == (
            RunStatus.COMPLETED,
            {"n": 2},
            {"sum": 3},
        )
        assert (child.parent_run_id, child.parent_node_id, child.parent_visit) == (run.id, "sub", 1)
        assert {event.get("node_id") for event in events} == {None, "sub"}
        (told,) = (e["data"]["message"] for e in events if e["type"] == "workflow.log")
        assert told == f"executes 'adds' version 1 as run {child.id}"
        log = [from_stored(entry) for entry in await services.log.after(child.id, 0)]
        seed = Run(
            id=child.id,
            project_id=child.project_id,
            workflow_id=child.workflow_id,
            version=child.version,
            created_at=child.created_at,
        )
        assert fold(seed, log)[0] == child


async def test_a_sub_run_needs_no_place_among_the_runs_of_the_process(tmp_path: Path) -> None:
    async with service(tmp_path, max_concurrent_runs=1) as services:
        await stored(services, ADDS, calls("adds", name="middle", input={"n": 1}))
        run = await run_of(services, calls("middle"))
        assert run.output == {"sub": {"sub": {"sum": 2}}}


async def test_the_tree_shows_who_belongs_to_whom(tmp_path: Path) -> None:
    async with service(tmp_path) as services:
        await stored(services, ADDS, calls("adds", name="middle", input={"n": 1}))
        document = calls("middle")
        document["nodes"].append({**document["nodes"][0], "id": "other"})
        run = await run_of(services, document)
        tree = await services.runs.tree(run.id)

        def names(branch: Branch) -> Any:
            inner = [names(child) for child in branch.children]
            return (branch.run.workflow, branch.run.parent_node_id, inner)

        leaf: Any = ("adds", "sub", [])
        name, _, children = names(tree.root)
        assert (name, sorted(children)) == (
            "calls",
            [("middle", "other", [leaf]), ("middle", "sub", [leaf])],
        )
        assert tree.is_complete
        assert tree.root.children[0].run.status is RunStatus.COMPLETED


async def test_the_newest_version_is_taken_unless_one_is_named(tmp_path: Path) -> None:
    newer = {**ADDS, "output": {"sum": "{{ add.output }}", "new": "yes"}}
    async with service(tmp_path) as services:
        await stored(services, ADDS, newer)
        head = await run_of(services, calls("adds", name="head", input={"n": 1}))
        first = await run_of(services, calls("adds", name="first", input={"n": 1}, version=1))
        assert (head.output, first.output) == (
            {"sub": {"sum": 2, "new": "yes"}},
            {"sub": {"sum": 2}},
        )


async def test_the_usage_of_a_run_counts_its_sub_runs(tmp_path: Path) -> None:
    llm = {"id": "say", "type": "llm", "config": {"model": "scripted", "prompt": "one two"}}
    async with service(tmp_path, prices={"scripted": {"input": 1, "output": 1}}) as services:
        await stored(services, {"name": "talks", "nodes": [llm]})
        document = calls("talks")
        document["nodes"].append(llm)
        run = await run_of(services, document)
        child = await only_child(services, run)
        assert run.usage is not None
        assert child.usage is not None
        assert run.usage.total_tokens == 2 * child.usage.total_tokens > 0
        assert run.usage.cost_usd == pytest.approx(2 * child.usage.cost_usd)
        assert (await states_of(services, run))["sub", 1].usage == child.usage


async def test_a_failure_is_that_of_the_node(tmp_path: Path) -> None:
    async def refuse() -> None:
        raise PermissionError("not today")

    async with service(tmp_path, {"refuse": refuse}) as services:
        await stored(services, python("refuses", "refuse"))
        run = await run_of(services, calls("refuses"))
        child = await only_child(services, run)
        assert (run.status, child.status) == (RunStatus.FAILED, RunStatus.FAILED)
        assert run.error is not None
        assert (run.error.type, run.error.node_id) == ("SECURITY", "sub")
        assert run.error.message == (
            f"run {child.id} of 'refuses' failed in node 'work': PermissionError: not today"
        )


async def test_every_attempt_has_a_run_of_its_own(tmp_path: Path) -> None:
    async def stumble() -> None:
        raise ConnectionError

    retry = {"max_attempts": 2, "initial_interval_seconds": 0.01}
    async with service(tmp_path, {"stumble": stumble}) as services:
        await stored(services, python("stumbles", "stumble"))
        run = await run_of(services, calls("stumbles", retry=retry))
        children = (await services.runs.page("default", RunSelection(parent_run_id=run.id))).items
        assert [child.status for child in children] == [RunStatus.FAILED] * 2
        assert run.error is not None
        assert run.error.attempt == 2


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (calls("nobody"), "workflow 'nobody' cannot be run: no workflow 'nobody'"),
        (calls("adds", version=7), "workflow 'adds' cannot be run: no version 'adds@7'"),
        (calls("adds", input={"n": "two"}), "workflow 'adds' cannot be run: /n: "),
    ],
)
async def test_what_cannot_be_run_fails_the_node(
    tmp_path: Path, document: dict[str, Any], message: str
) -> None:
    async with service(tmp_path) as services:
        await stored(services, ADDS)
        run = await run_of(services, document)
        assert run.error is not None
        assert (run.error.type, run.error.node_id) == ("VALIDATION", "sub")
        assert run.error.message.startswith(message)
        assert (await services.runs.page("default", RunSelection(parent_run_id=run.id))).items == ()


async def test_a_circle_is_refused_with_its_names(tmp_path: Path) -> None:
    async with service(tmp_path) as services:
        await stored(services, calls("b", name="a"), calls("a", name="b"))
        run = await run_of(services, calls("b", name="a"))
        assert run.error is not None
        assert run.error.type == "VALIDATION"
        assert run.error.message.endswith("it would run itself again: a -> b -> a")


async def test_the_depth_is_bounded(tmp_path: Path) -> None:
    async with service(tmp_path) as services:
        await stored(services, *(calls(f"w{n + 1}", name=f"w{n}") for n in range(17)))
        run = await run_of(services, calls("w1", name="w0"))
        assert run.error is not None
        assert "more than 16 runs would be nested: w0 -> w1" in run.error.message
        assert run.error.message.endswith("w15 -> w16")


async def test_a_cancel_goes_down_the_tree_and_ends_from_the_leaves(tmp_path: Path) -> None:
    async with hanging_line(tmp_path) as (services, line):
        await services.runs.cancel(line[0].id, "enough")
        await ended(services, line[0])
        runs = [await services.runs.get(run.id) for run in line]
        assert [run.status for run in runs] == [RunStatus.CANCELLED] * 3
        ends = [run.finished_at for run in runs]
        assert ends == sorted(ends, key=str, reverse=True)
        for run in runs:
            last = [from_stored(entry) for entry in await services.log.after(run.id, 0)][-1]
            assert (last.type, getattr(last, "reason", None)) == ("run.cancelled", "enough")


async def test_a_sub_run_that_is_cancelled_fails_its_node(tmp_path: Path) -> None:
    async with hanging_line(tmp_path) as (services, [outer, middle, inner]):
        await services.runs.cancel(inner.id, "enough")
        run = await ended(services, outer)
        assert run.status is RunStatus.FAILED
        assert run.error is not None
        assert run.error.type == "CANCELLATION"
        assert f"run {inner.id} of 'inner' was cancelled" in run.error.message
        assert (await services.runs.get(middle.id)).status is RunStatus.FAILED


@pytest.mark.parametrize("stopped_by", ["a sibling", "a timeout"])
async def test_a_node_that_is_stopped_stops_its_run(tmp_path: Path, stopped_by: str) -> None:
    hanging = Hanging()

    async def refuse() -> None:
        await hanging.begun.wait()
        raise PermissionError

    async with service(tmp_path, {"hang": hanging.hang, "refuse": refuse}) as services:
        await stored(services, python("hangs", "hang"))
        document = calls("hangs", **{"timeout_seconds": 0.3} if stopped_by == "a timeout" else {})
        if stopped_by == "a sibling":
            document["nodes"] += python("", "refuse")["nodes"]
        run = await run_of(services, document)
        child = await only_child(services, run)
        assert run.error is not None
        assert run.error.type == {"a sibling": "SECURITY", "a timeout": "TIMEOUT"}[stopped_by]
        assert child.status is RunStatus.CANCELLED
        assert child.finished_at is not None
        assert run.finished_at is not None
        assert child.finished_at <= run.finished_at


async def test_a_node_that_waits_with_its_run_is_stopped_in_time(tmp_path: Path) -> None:
    ask = {"id": "ask", "type": "human", "config": {"prompt": "Well?", "form": {}}}
    async with service(tmp_path, wait_linger_seconds=0) as services, asyncio.timeout(60):
        await stored(services, {"name": "asks", "nodes": [ask], "edges": []})
        run = await run_of(services, calls("asks", timeout_seconds=0.5))
        assert run.error is not None
        assert (run.error.type, run.error.message) == ("TIMEOUT", "no result within 0.5 s")
        assert (await only_child(services, run)).status is RunStatus.CANCELLED


async def test_whoever_goes_on_with_the_parent_goes_on_with_its_sub_runs(tmp_path: Path) -> None:
    async with hanging_line(tmp_path, lease_seconds=1) as (services, [outer, middle, inner]):
        fence = 1
        assert await services.runs.leases.release(outer.id, fence)
        for run in (outer, middle, inner):
            async with services.runs.watch(run.id) as frames:
                async for frame in frames:
                    if frame.type == RunResumed.type:
                        break
        for parent, child in ((outer, middle), (middle, inner)):
            page = await services.runs.page("default", RunSelection(parent_run_id=parent.id))
            assert [run.id for run in page.items] == [child.id]


async def test_a_sub_run_that_nobody_waits_for_any_more_is_not_begun(tmp_path: Path) -> None:
    async with service(tmp_path) as services:
        published = await services.workflows.publish("default", ADDS)
        parent = await run_of(services, ADDS, {"n": 1})
        orphan = await services.runs.create(
            "default",
            published.version.workflow_id,
            {"n": 1},
            background=Background(origin=Parent(run_id=parent.id, node_id="sub", path="", visit=1)),
        )
        run = await ended(services, orphan)
        assert (run.status, run.started_at) == (RunStatus.CANCELLED, None)


class Twice:
    """A function that hangs when it is called first, and tells when it is stopped."""

    def __init__(self) -> None:
        self.begun, self.stopped = asyncio.Event(), asyncio.Event()

    async def work(self) -> str:
        if self.begun.is_set():
            return "done"
        self.begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.stopped.set()
        return "never"


async def taken_over(records: Records, run: Run) -> Claim:
    """The claim of another process on a run whose lease has ended."""
    free = update(workflow_runs).where(workflow_runs.c.id == run.id).values(lease_until=None)
    claim = None
    while claim is None:  # its owner may have renewed the lease in between
        await records.database.write(lambda connection: connection.execute(free))
        claim = await records.leases.claim(run.id, "another process", 3)
    return claim


async def test_a_sub_run_that_rests_in_another_process_goes_on_here(tmp_path: Path) -> None:
    twice = Twice()
    quick: dict[str, Any] = {"lease_seconds": 1, "wait_linger_seconds": 0}
    async with service(tmp_path, {"work": twice.work}, **quick) as services, asyncio.timeout(60):
        await stored(services, python("inner", "work"))
        outer = await created(services, calls("inner"))
        await services.runs.execute(outer.id)
        await twice.begun.wait()
        inner = await only_child(services, outer)
        async with recording(services.settings) as other:
            claim = await taken_over(other, inner)
            resumed = RunResumed(attempt=2, reason=Resumption.LOST, at=claim.at)
            await other.journal.record(inner.id, claim.fence, [resumed])
            await twice.stopped.wait()
            due = claim.at + timedelta(seconds=1)
            waiting = RunWaiting(due_at=due, at=claim.at)
            await other.journal.record(inner.id, claim.fence, [waiting])
            await other.leases.release(inner.id, claim.fence, due)
        assert (await ended(services, outer)).output == {"sub": {"work": "done"}}
