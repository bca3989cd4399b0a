"""What expressions read of a node that was skipped, wherever they stand."""

from typing import Any

import anyio
from langgraph.checkpoint.memory import InMemorySaver

from tests.unit.workflow_compiler.running import Document, edge, node, path, run, workflow
from workflow_compiler import CompiledWorkflow, compile_workflow, default_registry, parse
from workflow_compiler.topology import Pace

STATUSES = "[left.status, right.status]"


def choice(*more: Document, edges: tuple[Document, ...] = ()) -> Document:
    """`choose` goes to the left, and what follows meets the way that was not taken."""
    nodes = [node("choose", "condition", expression="true"), node("left"), node("right")]
    ways = (edge("choose", "left", source_handle="true"), edge("choose", "right"))
    ways[1]["source_handle"] = "false"
    return workflow(*nodes, *more, edges=(*ways, *edges))


async def read(document: Document, node_id: str = "join", **more: Any) -> Any:
    outcome = await run(document, **more)
    return outcome.state["nodes"][node_id]["output"]


async def test_the_other_way_of_a_choice_is_skipped_for_the_join_behind_it():
    edges = (*path("left", "join"), *path("right", "join"))
    assert await read(choice(node("join", expression=STATUSES), edges=edges)) == [
        "completed",
        "skipped",
    ]


async def test_a_condition_reads_it_as_well():
    more = (node("join"), node("yes"), node("no"))
    when = edge("join", "yes", condition="right.status == 'skipped'")
    ways = (*path("left", "join"), *path("right", "join"), when, edge("join", "no", default=True))
    outcome = await run(choice(*more, edges=ways))
    assert outcome.output == {"yes": ""}


async def test_so_does_the_output_of_the_run():
    document = choice() | {"output": {"right": "{{ right.status }}"}}
    assert (await run(document)).output == {"right": "skipped"}


async def test_a_node_that_a_token_may_still_reach_is_pending():
    """`late` reads it while the choice is not made yet: a step before."""
    nodes = [node("start"), node("wait"), node("eager", expression="right.status", join="any")]
    ways = (*path("start", "wait", "choose"), *path("right", "eager"), *path("start", "eager"))
    assert await read(choice(*nodes, edges=ways), "eager") == "pending"


async def test_a_region_reads_what_was_decided_before_it():
    """The branches behind the join are graphs of their own."""
    loud = [node(i, "python", function="wait") for i in ("a1", "b1")]
    more = (node("join"), *loud, node("a2", expression=STATUSES), node("b2"))
    ways = (*path("left", "join", "a1", "a2"), *path("right", "join", "b1", "b2"))
    outcome = await run(choice(*more, edges=ways), registry=waiting())
    assert len(outcome.workflow.plan.levels) > 1
    assert outcome.state["nodes"]["a2"]["output"] == ["completed", "skipped"]


async def test_so_does_the_body_of_a_container():
    each = node("each", "foreach", items="[1, 2]")
    inner = node("inner", parent="each", slot="body", expression=STATUSES)
    ways = (*path("left", "each"), *path("right", "each"))
    read_inside = await read(choice(each, inner, edges=ways), "each")
    assert read_inside == [["completed", "skipped"]] * 2


async def test_a_body_knows_which_of_its_own_nodes_are_dead():
    inside = choice(node("join", expression=STATUSES))
    ways = [*inside["edges"], *path("left", "join"), *path("right", "join")]
    nodes = [made | {"parent": "each", "slot": "body"} for made in inside["nodes"]]
    document = workflow(node("each", "foreach", items="[1]"), *nodes, edges=tuple(ways))
    assert await read(document, "each") == [["completed", "skipped"]]


async def test_a_race_reads_what_is_decided_when_a_part_begins():
    more = (node("slow", "python", function="wait"), node("join", join="any", expression=STATUSES))
    ways = (*path("left", "join"), *path("right", "join"), *path("slow", "join"))
    document = choice(*more, edges=ways)
    outcome = await run(document, registry=waiting())
    assert outcome.workflow.plan.levels[0].pace is Pace.TOKENS
    assert outcome.state["nodes"]["join"]["output"] == ["completed", "skipped"]


async def test_a_run_that_stopped_reads_the_same_when_it_goes_on():
    edges = (*path("left", "join"), *path("right", "join"))
    workflow = compile_workflow(parse(choice(node("join", expression=STATUSES), edges=edges)))
    assert await stopped_everywhere(workflow) == ["completed", "skipped"]


async def stopped_everywhere(workflow: CompiledWorkflow) -> Any:
    graph = workflow.graph.copy(update={"checkpointer": InMemorySaver()})
    config = {"configurable": {"thread_id": "one"}}
    state = await graph.ainvoke(workflow.initial_state({}), config, interrupt_after="*")
    while (await graph.aget_state(config)).next:
        state = await graph.ainvoke(None, config, interrupt_after="*")
    return state["nodes"]["join"]["output"]


def waiting() -> Any:
    return default_registry({"wait": wait})


async def wait() -> None:
    for _ in range(20):
        await anyio.lowlevel.checkpoint()
