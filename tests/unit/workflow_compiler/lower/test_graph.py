"""The compiled graph as an ordinary LangGraph graph."""

from collections import Counter
from typing import Annotated, Any, TypedDict

import pytest
from langgraph._internal._constants import CONFIG_KEY_SEND
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command

from tests.unit.workflow_compiler.running import Document, edge, node, path, run, workflow
from workflow_compiler import CompiledWorkflow, RunContext, compile_workflow, parse
from workflow_compiler.errors import StepLimitError
from workflow_compiler.lower import node_name
from workflow_compiler.lower.writing import StepWriter, starting
from workflow_compiler.state import State, newest
from workflow_compiler.trace import Record, VisitStarted


def diamond() -> CompiledWorkflow:
    nodes = (
        node("a", expression="input.x"),
        *map(node, "bc"),
        node("d", expression="a.output + 1"),
    )
    edges = (*path("a", "b", "d"), *path("a", "c", "d"))
    return compile_workflow(parse(workflow(*nodes, edges=edges)))


async def test_it_runs_by_itself():
    compiled = diamond()
    state = await compiled.graph.ainvoke(compiled.initial_state({"x": 1}))
    assert compiled.output(state) == {"d": 2}


async def test_one_graph_serves_many_runs():
    compiled = diamond()
    states = [await compiled.graph.ainvoke(compiled.initial_state({"x": x})) for x in range(3)]
    assert [compiled.output(state)["d"] for state in states] == [1, 2, 3]


async def test_it_can_be_a_node_of_another_program():
    class Outer(TypedDict):
        input: dict[str, Any]
        vars: dict[str, Any]
        nodes: Annotated[dict[str, Any], newest]
        total: int

    async def prepare(state: Outer) -> dict[str, Any]:
        return {"input": {"x": state["total"]}, "vars": {}, "nodes": {}}

    async def collect(state: Outer) -> dict[str, Any]:
        return {"total": state["nodes"]["d"]["output"]}

    outer = StateGraph(Outer)
    outer.add_node("prepare", prepare)
    outer.add_node("workflow", diamond().graph)
    outer.add_node("collect", collect)
    for ends in ((START, "prepare"), ("prepare", "workflow"), ("workflow", "collect")):
        outer.add_edge(*ends)
    outer.add_edge("collect", END)
    state = await outer.compile().ainvoke({"total": 41})
    assert state["total"] == 42


async def test_it_is_kept_by_a_checkpointer_and_goes_on():
    compiled = diamond()
    graph = compiled.graph.copy(update={"checkpointer": InMemorySaver()})
    config = {"configurable": {"thread_id": "one"}}
    await graph.ainvoke(compiled.initial_state({"x": 1}), config, interrupt_before=["d"])
    assert (await graph.aget_state(config)).next == ("d",)
    assert compiled.output(await graph.ainvoke(None, config)) == {"d": 2}


def test_it_can_be_drawn():
    drawn = diamond().graph.get_graph()
    assert set(drawn.nodes) == {"__start__", "a", "b", "c", "d", "__end__"}
    ends = {(drawn_edge.source, drawn_edge.target) for drawn_edge in drawn.edges}
    assert {("__start__", "a"), ("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")} <= ends
    assert "graph TD" in drawn.draw_mermaid()


def test_it_is_asynchronous_only():
    compiled = diamond()
    with pytest.raises(TypeError, match="ainvoke"):
        compiled.graph.invoke(compiled.initial_state({"x": 1}))


class Steady:
    """Hears how often nodes were visited; every document of these tests turns for ever."""

    def __init__(self) -> None:
        self.visits: Counter[str] = Counter()

    def __call__(self, record: Record) -> None:
        if isinstance(record, VisitStarted):
            self.visits[record.node_id] += 1


TURNING = edge("b", "b", condition="b.visit > 0")
SIDES = [(edge("b", f"side{n}"), node(f"side{n}")) for n in range(6)]


async def visits_until_stopped(document: Document, **context: Any) -> Counter[str]:
    heard = Steady()
    with pytest.raises(StepLimitError, match="would be visit 21 of the run"):
        await run(document, tap=heard, **context)
    return heard.visits


async def test_the_visit_that_is_too_many_never_begins():
    document = workflow(
        *map(node, "ab"), edges=(*path("a", "b"), TURNING), limits={"max_steps": 20}
    )
    assert await visits_until_stopped(document) == {"a": 1, "b": 19}


async def test_as_many_visits_as_allowed_are_allowed():
    edges = (*path("a", "b"), edge("b", "b", condition="b.visit < 19"))
    document = workflow(*map(node, "ab"), edges=edges, limits={"max_steps": 20})
    assert (await run(document)).visits == {"a": 1, "b": 19}


async def test_nodes_of_one_superstep_count_each():
    nodes = (*map(node, "ab"), *(side for _, side in SIDES))
    edges = (*path("a", "b"), TURNING, *(way for way, _ in SIDES))
    document = workflow(*nodes, edges=edges, limits={"max_steps": 20})
    assert (await visits_until_stopped(document)).total() == 20


async def test_bodies_and_regions_count_for_the_run():
    document = workflow(
        *map(node, "ab"),
        node("each", "foreach", items="[1, 2]"),
        node("in", parent="each"),
        edges=(*path("a", "b", "each"), TURNING),
        limits={"max_steps": 20},
    )
    assert (await visits_until_stopped(document)).total() == 20
    chain = [f"n{number}" for number in range(80)]
    long = workflow(*map(node, chain), edges=path(*chain), limits={"max_steps": 80})
    assert len(compile_workflow(parse(long)).plan.levels) > 1
    assert (await run(long)).visits.total() == 80
    heard = Steady()
    with pytest.raises(StepLimitError, match="'n79' would be visit 80"):
        await run(long | {"limits": {"max_steps": 79}}, tap=heard)
    assert heard.visits.total() == 79


async def test_each_run_counts_for_itself():
    document = workflow(node("a"), node("b"), edges=path("a", "b"), limits={"max_steps": 2})
    compiled = compile_workflow(parse(document))
    for _ in range(3):
        await compiled.graph.ainvoke(compiled.initial_state({}))
    context = RunContext()
    for _ in range(3):
        await compiled.graph.ainvoke(compiled.initial_state({}), context=context)


@pytest.mark.parametrize(
    "node_id",
    ["__start__", "__end__", "a|b", "a:b", "input", "vars", "nodes", "node~1", "join~0", "ä b"],
)
async def test_any_id_can_be_used(node_id: str):
    document = workflow(
        node("first"),
        node(node_id),
        node("last", expression=f"nodes[{node_id!r}].visit"),
        edges=path("first", node_id, "last"),
    )
    outcome = await run(document)
    assert outcome.visits == {"first": 1, node_id: 1, "last": 1}
    assert outcome.output == {"last": 1}


def test_an_id_that_langgraph_reserves_gets_another_name_inside():
    compiled = compile_workflow(parse(workflow(node("a"), node("a|b"), node("__end__"))))
    members = compiled.plan.levels[0].members
    assert [node_name(compiled.plan, m) for m in members] == ["a", "node~1", "node~2"]


async def test_several_roots_run_together_and_may_meet():
    edges = (*path("a", "c"), *path("b", "d", "c"))
    assert (await run(workflow(*map(node, "abcd"), edges=edges))).visits == dict.fromkeys("abcd", 1)


async def test_a_root_may_be_an_inclusive_join():
    edges = (*path("a", "b", "c"), *path("a", "c"), edge("c", "a", condition="c.visit < 2"))
    document = workflow(node("a", "start"), *map(node, "bc"), edges=edges)
    assert (await run(document)).visits == dict.fromkeys("abc", 2)


async def test_without_an_output_the_leaves_that_completed_are_it():
    edges = (edge("a", "b", condition="false"), edge("a", "c"), edge("a", "d", default=True))
    nodes = (*map(node, "ab"), node("c", expression="1"), node("d", expression="2"))
    assert (await run(workflow(*nodes, edges=edges))).output == {"c": 1, "d": 2}


async def test_what_langgraph_lets_us_do_with_triggers():
    """Pins what inclusive joins rely on and LangGraph does not promise."""
    compiled = diamond()
    [join] = compiled.plan.joins
    [name] = [
        node_name(compiled.plan, m) for m in compiled.plan.levels[0].members if m.node == join
    ]
    assert f"join~{join}" in compiled.graph.nodes[name].triggers
    assert compiled.graph.trigger_to_nodes[f"join~{join}"] == [name]


async def test_our_writer_writes_what_langgraph_s_own_would():
    """Pins what nodes write, and that pictures of the graph still know where they lead."""
    compiled = diamond()
    drawn = {(e.source, e.target) for e in compiled.graph.get_graph().edges}
    planned = {
        (compiled.plan.nodes[e.source].id, compiled.plan.nodes[e.target].id)
        for e in compiled.plan.edges
    }
    assert planned <= drawn
    for name, pregel in compiled.graph.nodes.items():
        assert name == START or [type(w) for w in pregel.flat_writers] == [StepWriter]
    update: dict[str, Any] = {"nodes": {"a": 1}}
    command: Command[Any] = Command(update=update, goto=("b", "c"))
    step = {**update, starting("b"): None, starting("c"): None}
    assert await written(StepWriter(()), step) == await written(theirs(), command)
    assert await written(StepWriter(()), update) == await written(theirs(), update)


def theirs() -> Any:
    builder: Any = StateGraph(State)
    builder.add_node("a", lambda state: state)
    builder.add_edge(START, "a")
    [writer] = builder.compile().nodes["a"].writers
    return writer


async def written(writer: Any, step: Any) -> list[tuple[str, Any]]:
    """What a writer sends to channels."""
    found: list[tuple[str, Any]] = []
    await writer.ainvoke(step, {"configurable": {CONFIG_KEY_SEND: found.extend}})
    return found
