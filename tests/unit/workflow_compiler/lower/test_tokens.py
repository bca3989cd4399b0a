"""A level without supersteps: what ends first goes on first, and all the rest is as ever."""

from collections import Counter
from typing import Any

import anyio
import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command, interrupt

from tests.unit.workflow_compiler.running import Document, Outcome, edge, node, path, run, workflow
from workflow_compiler import Registry, compile_workflow, default_registry, parse
from workflow_compiler.errors import ErrorType, NodeError, StepLimitError
from workflow_compiler.topology import Pace
from workflow_compiler.trace import VisitCompleted, VisitStarted


def calling(node_id: str, function: str, **more: Any) -> Document:
    return node(node_id, "python", function=function, **more)


def race(*nodes: Document, **more: Any) -> Document:
    """`slow` and `quick` run a race to `first`; `after` follows it."""
    own = {made["id"]: made for made in nodes}
    all_nodes = {
        "slow": calling("slow", "slow"),
        "quick": calling("quick", "quick"),
        "first": node("first", join="any", expression="[slow.output, quick.output]"),
        "after": calling("after", "after"),
    } | own
    edges = (*path("slow", "first"), *path("quick", "first", "after"))
    return workflow(*all_nodes.values(), edges=edges, **more)


class World:
    """Functions of which one waits until another is over."""

    def __init__(self) -> None:
        self.calls = Counter[str]()
        self._go = anyio.Event()

    @property
    def registry(self) -> Registry:
        return default_registry(
            {
                "slow": self.slow,
                "quick": self.quick,
                "after": self.after,
                "fail": self.fail,
                "ask": self.ask,
            }
        )

    async def slow(self) -> str:
        self.calls["slow"] += 1
        await self._go.wait()
        return "slow"

    async def quick(self) -> str:
        self.calls["quick"] += 1
        return "quick"

    async def after(self) -> str:
        self.calls["after"] += 1
        self._go.set()
        return "after"

    async def fail(self) -> None:
        raise NodeError(ErrorType.EXECUTION, "no")

    async def ask(self) -> str:
        answer: str = interrupt("well?")
        self.calls["ask"] += 1
        return answer


async def raced(*nodes: Document, **more: Any) -> Outcome:
    outcome = await run(race(*nodes, **more), registry=World().registry)
    assert outcome.workflow.plan.levels[0].pace is Pace.TOKENS
    return outcome


async def test_the_slow_branch_may_wait_for_what_follows_the_race():
    outcome = await raced()
    assert outcome.state["nodes"]["first"]["output"] == [None, "quick"]
    assert outcome.output == {"after": "after"}
    assert {record.visit for record in outcome.started} == {1}


async def test_it_consumes_the_token_that_came_and_swallows_the_other():
    outcome = await raced()
    plan = outcome.workflow.plan
    [first] = (record for record in outcome.started if record.node_id == "first")
    assert [plan.edges[number].id for number in first.consumed] == ["quick->first"]


async def test_a_failure_stops_what_is_at_work():
    outcome = await raced(calling("after", "fail"))
    assert outcome.error is not None
    assert outcome.error.node_id == "after"
    assert "slow" not in {record.node_id for record in outcome.all(VisitCompleted)}


async def test_a_failure_that_is_handled_stops_nothing():
    document = race(calling("first", "fail", join="any"))
    document["nodes"] += [calling("else", "after")]
    document["edges"] += [edge("first", "else", on="error")]
    outcome = await run(document, registry=World().registry)
    assert outcome.output == {"else": "after"}
    assert outcome.state["nodes"]["slow"]["output"] == "slow"


async def test_the_steps_of_all_parts_count():
    with pytest.raises(StepLimitError):
        await raced(limits={"max_steps": 3})


async def test_writes_meet_in_the_order_in_which_their_nodes_end():
    nodes = [
        node("one", "set", values={"seen": "'one'"}),
        node("first", "set", values={"seen": "'first'"}, join="any"),
    ]
    document = race(*nodes, variables={"seen": {"reducer": "append"}})
    document["edges"] += [edge("slow", "one")]
    outcome = await run(document, registry=World().registry)
    assert outcome.state["vars"]["seen"] == ["first", "one"]


async def test_two_writes_that_do_not_go_together_fail_the_run():
    nodes = [
        node("one", "set", values={"count": "1"}),
        node("two", "set", values={"count": "'x'"}),
    ]
    document = race(*nodes, variables={"count": {"reducer": "add"}})
    document["edges"] += [edge("quick", "one"), edge("quick", "two")]
    with pytest.raises(NodeError, match="count"):
        await run(document, registry=World().registry)


async def test_a_race_in_a_body_of_a_container():
    nodes = race()["nodes"]
    inside = [made | {"parent": "loop"} for made in nodes]
    loop = node("loop", "foreach", items="[1, 2]", mode="parallel", max_parallel=2)
    document = race() | {"nodes": [loop, *inside]}
    outcome = await run(document, registry=World().registry)
    assert outcome.output == {"loop": ["after", "after"]}
    assert {record.path for record in outcome.all(VisitStarted)} == {"", "loop[0]", "loop[1]"}


async def test_a_race_goes_on_from_langgraph_s_own_checkpoint_and_repeats_nothing():
    world = World()
    document = race(calling("slow", "ask"), calling("after", "ask"))
    compiled = compile_workflow(parse(document), world.registry)
    graph = compiled.graph.copy(update={"checkpointer": InMemorySaver()})
    config = {"configurable": {"thread_id": "one"}}
    state = await graph.ainvoke(compiled.initial_state({}), config)
    while waits := state.pop("__interrupt__", None):
        assert len(waits) == 2 - world.calls["ask"]
        state = await graph.ainvoke(Command(resume={waits[-1].id: "yes"}), config)
    assert compiled.output(state) == {"after": "yes"}
    assert world.calls == {"ask": 2, "quick": 1}
