"""How many nodes of a run work at once, however many LangGraph graphs it is made of."""

from typing import Any

import anyio
import pytest

from tests.unit.workflow_compiler.running import Document, PatientClock, node, path, run, workflow
from workflow_compiler import NodeContext, RunContext, compile_workflow, default_registry, parse
from workflow_compiler.lower import run_limiter
from workflow_compiler.trace import Record, VisitCompleted, VisitStarted


class Crowd:
    """A function that several nodes call, and how many of them were in it at once."""

    def __init__(self) -> None:
        self.inside = self.most = 0

    async def enter(self) -> None:
        self.inside += 1
        self.most = max(self.most, self.inside)
        for _ in range(3):
            await anyio.lowlevel.checkpoint()
        self.inside -= 1


def call(node_id: str, function: str = "enter", **more: Any) -> Document:
    return node(node_id, "python", function=function, **more)


def branches(limit: int) -> Document:
    """Two branches that become regions, one with two branches of its own that do as well."""
    ids = ("fork", "a", "b", "split", "c", "d", "e", "f", "meet", "end")
    edges = (
        *path("fork", "a", "b", "end"),
        *path("fork", "split", "c", "d", "meet", "end"),
        *path("split", "e", "f", "meet"),
    )
    return workflow(*map(call, ids), edges=edges, limits={"max_concurrency": limit})


@pytest.mark.parametrize(("limit", "most"), [(1, 1), (2, 2), (10, 3)])
async def test_the_limit_holds_over_nested_regions(limit: int, most: int):
    crowd = Crowd()
    outcome = await run(branches(limit), registry=default_registry({"enter": crowd.enter}))
    assert len(outcome.workflow.plan.levels) > 2
    assert (crowd.most, outcome.visits.total()) == (most, 10)


async def test_a_visit_starts_when_it_may_work():
    document = workflow(*map(call, "abc"), limits={"max_concurrency": 1})
    outcome = await run(document, registry=default_registry({"enter": Crowd().enter}))
    assert [type(record) for record in outcome.records] == [VisitStarted, VisitCompleted] * 3


async def test_runs_with_limiters_of_their_own_do_not_share_one():
    crowd = Crowd()
    document = workflow(call("a"), limits={"max_concurrency": 1})
    compiled = compile_workflow(parse(document), default_registry({"enter": crowd.enter}))
    async with anyio.create_task_group() as tasks:
        for _ in range(2):
            context = RunContext(limiter=run_limiter(compiled.plan))
            tasks.start_soon(lambda given: _run(compiled, context=given), context)
    assert crowd.most == 2
    async with anyio.create_task_group() as tasks:
        crowd.most = 0
        for _ in range(2):
            tasks.start_soon(_run, compiled)
    assert crowd.most == 1


async def test_who_waits_for_another_attempt_lets_others_work():
    records: list[Record] = []
    done = anyio.Event()

    class Pause(PatientClock):
        async def sleep(self, seconds: float) -> None:
            del seconds
            await done.wait()

    async def first(context: NodeContext) -> None:
        if context.attempt == 1:
            raise ConnectionError

    async def second() -> None:
        done.set()

    registry = default_registry({"first": first, "second": second})
    nodes = (call("a", "first", retry={"max_attempts": 2}), call("b", "second"))
    document = workflow(*nodes, limits={"max_concurrency": 1})
    outcome = await run(document, registry=registry, clock=Pause(), tap=records.append)
    assert outcome.error is None
    assert [r.node_id for r in records if isinstance(r, VisitCompleted)] == ["b", "a"]


async def test_a_workflow_inside_a_node_is_part_of_it():
    """With one place in all, the inner nodes could wait for ever."""
    crowd = Crowd()
    limit = {"max_concurrency": 1}
    inner = compile_workflow(
        parse(workflow(*map(call, "xy"), limits=limit)), default_registry({"enter": crowd.enter})
    )

    async def nest() -> None:
        await inner.graph.ainvoke(inner.initial_state({}))

    document = workflow(call("a", "nest"), limits=limit)
    outcome = await run(document, registry=default_registry({"nest": nest}))
    assert outcome.visits["a"] == 1
    assert crowd.inside == 0


async def _run(compiled: Any, context: RunContext | None = None) -> None:
    await compiled.graph.ainvoke(compiled.initial_state({}), context=context)
