"""How containers run their bodies: variables, results, errors, and stops in the middle."""

from collections import Counter
from typing import Any

import anyio
import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command, interrupt

from tests.unit.workflow_compiler.running import (
    Document,
    PatientClock,
    edge,
    node,
    path,
    run,
    workflow,
)
from workflow_compiler import compile_workflow, default_registry, parse
from workflow_compiler.errors import StepLimitError
from workflow_compiler.registry import Registry
from workflow_compiler.trace import AttemptFailed, VisitStarted


def foreach(items: str = "input.xs", **config: Any) -> Document:
    return node("loop", "foreach", items=items, **config)


XS = {"xs": [1, 2, 3]}


async def test_results_come_in_item_order_whichever_ends_first():
    waits = {item: anyio.Event() for item in (1, 2, 3)}
    waits[3].set()

    async def step(item: int) -> int:
        await waits[item].wait()
        if item > 1:
            waits[item - 1].set()
        return item * 10

    step_node = node(
        "step", "python", function="step", arguments={"item": "{{ item }}"}, parent="loop"
    )
    document = workflow(foreach(mode="parallel", max_parallel=3), step_node)
    outcome = await run(document, XS, registry=default_registry({"step": step}))
    assert outcome.output == {"loop": [10, 20, 30]}


async def test_so_many_items_are_open_at_once_and_no_more():
    now, most = 0, 0

    async def step() -> None:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await anyio.lowlevel.checkpoint()
        now -= 1

    document = workflow(
        foreach("input.xs", mode="parallel", max_parallel=3),
        node("step", "python", function="step", parent="loop"),
        limits={"max_concurrency": 100},
    )
    await run(document, {"xs": list(range(20))}, registry=default_registry({"step": step}))
    assert most == 3


@pytest.mark.parametrize(("mode", "sums"), [("sequential", [1, 3, 6]), ("parallel", [1, 2, 3])])
async def test_variables_pass_their_reducers_once_in_item_order(mode: str, sums: list[int]):
    document = workflow(
        foreach(mode=mode, max_parallel=2),
        node("add", "set", values={"sum": "item", "seen": "item"}, parent="loop"),
        node("read", expression="vars.sum", parent="loop"),
        edges=path("add", "read"),
        variables={"sum": {"reducer": "add", "default": 0}, "seen": {"reducer": "append"}},
    )
    outcome = await run(document, XS)
    assert outcome.state["vars"] == {"sum": 6, "seen": [1, 2, 3]}
    assert outcome.output == {"loop": sums}


async def test_a_body_that_fails_writes_nothing():
    document = workflow(
        foreach(on_item_error="collect"),
        node("note", "set", values={"seen": "item"}, parent="loop"),
        node("check", expression="1 // (item - 2)", parent="loop"),
        edges=path("note", "check"),
        variables={"seen": {"reducer": "append"}},
    )
    outcome = await run(document, XS)
    assert outcome.state["vars"] == {"seen": [1, 3]}
    assert outcome.output["loop"][1]["error"]["node_id"] == "check"


@pytest.mark.parametrize(("items", "kind"), [("{'a': 1}", "an object"), ("3", "a number")])
async def test_only_lists_have_items(items: str, kind: str):
    outcome = await run(workflow(foreach(items), node("a", parent="loop")))
    assert outcome.error is not None
    assert outcome.error.failure.type == "VALIDATION"
    assert outcome.error.failure.message == f"'items' must be a list, not {kind}"


async def test_no_items_give_an_empty_list():
    outcome = await run(workflow(foreach("[]", mode="parallel"), node("a", parent="loop")))
    assert outcome.output == {"loop": []}


async def test_the_error_of_a_try_names_the_innermost_node():
    document = workflow(
        node("safe", "try", error_scope="continue"),
        node("loop", "foreach", items="[5]", parent="safe"),
        node("bad", "fail", type="SECURITY", message="no entry", parent="loop"),
        node("say", expression="error", parent="safe", slot="catch"),
    )
    outcome = await run(document)
    error = {"type": "SECURITY", "message": "no entry", "node_id": "bad"}
    assert outcome.output == {"safe": error}


@pytest.mark.parametrize(
    ("config", "slots", "ending"),
    [
        ({}, {"try": "1"}, 1),
        ({}, {"try": "1 // 0"}, "safe.try.try: "),
        ({"error_scope": "continue"}, {"try": "1 // 0"}, None),
        ({"error_scope": "continue"}, {"try": "1 // 0", "catch": "2"}, 2),
        ({}, {"try": "1 // 0", "catch": "2"}, "safe.try.try: "),
        ({"error_scope": "continue"}, {"try": "1 // 0", "catch": "1 // 0"}, "safe.catch.catch: "),
        ({}, {"try": "1", "finally": "2"}, 1),
        ({}, {"try": "1", "finally": "1 // 0"}, "safe.finally.finally: "),
        ({}, {"try": "1 // 0", "finally": "1 // 0"}, "safe.finally.finally: "),
    ],
)
async def test_how_a_try_ends(config: Document, slots: dict[str, str], ending: Any):
    inside = [node(s, expression=e, parent="safe", slot=s) for s, e in slots.items()]
    outcome = await run(workflow(node("safe", "try", **config), *inside))
    if isinstance(ending, str):
        assert outcome.error is not None
        assert outcome.error.failure.message.startswith(ending)
    else:
        assert outcome.output == {"safe": ending}
    assert [record.node_id for record in outcome.started if record.path] == list(slots)


async def test_a_container_has_its_own_retry_only():
    document = workflow(
        foreach("[1]"),
        node("bad", "fail", message="no", parent="loop"),
        defaults={"retry": {"max_attempts": 3}, "timeout_seconds": 7},
    )
    outcome = await run(document, clock=PatientClock())
    assert len([r for r in outcome.all(AttemptFailed) if r.node_id == "loop"]) == 1
    [loop, _] = outcome.workflow.plan.nodes
    assert (loop.timeout_seconds, loop.timer_seconds) == (None, None)


async def test_a_body_that_never_rests_ends_the_run():
    """A `catch` would take steps as well."""
    document = workflow(
        node("safe", "try", error_scope="continue"),
        node("begin", "start", parent="safe"),
        node("turn", expression="1", parent="safe"),
        node("say", expression="error.type", parent="safe", slot="catch"),
        edges=(*path("begin", "turn"), edge("turn", "turn", condition="turn.visit > 0")),
        limits={"max_steps": 20},
    )
    with pytest.raises(StepLimitError, match=r"'safe\.try\.turn' would be visit 21 of the run"):
        await run(document)


async def test_a_container_in_a_loop_tells_its_visits_apart():
    document = workflow(
        node("begin", "start"),
        foreach("[7]"),
        node("a", expression="a.visit", parent="loop"),
        edges=(*path("begin", "loop"), edge("loop", "loop", condition="loop.visit < 3")),
    )
    outcome = await run(document)
    inside = [(r.path, r.visit) for r in outcome.all(VisitStarted) if r.node_id == "a"]
    assert inside == [("loop[0]", 1), ("loop#2[0]", 1), ("loop#3[0]", 1)]


@pytest.mark.parametrize(
    "config",
    [{}, {"mode": "parallel", "max_parallel": 2}, {"mode": "parallel", "max_parallel": 9}],
    ids=["sequential", "two at once", "all at once"],
)
async def test_what_is_done_is_done_however_often_the_run_stops(config: Document):
    """Also what has failed: LangGraph itself would run a failed task again."""
    calls: Counter[str] = Counter()
    document = workflow(
        foreach("[0, 1, 2, 3]", on_item_error="collect", **config),
        calling("first", "count", parent="loop"),
        calling("ask", "ask", parent="loop"),
        node("safe", "try", error_scope="continue", parent="loop"),
        calling("fails", "fail", parent="safe"),
        calling("sorry", "ask", parent="safe", slot="catch"),
        calling("tidy", "ask", parent="safe", slot="finally"),
        calling("last", "fail", parent="loop"),
        edges=path("first", "ask", "safe", "last"),
    )
    state = await answered(document, counting(calls))
    assert [result["error"]["node_id"] for result in state["nodes"]["loop"]["output"]] == [
        "last"
    ] * 4
    assert len(calls) == 6 * 4
    assert set(calls.values()) == {1}


def calling(node_id: str, function: str, **more: Any) -> Document:
    name = f"{node_id}{{{{ index }}}}"
    return node(node_id, "python", function=function, arguments={"name": name}, **more)


def counting(calls: Counter[str]) -> Registry:
    """Functions that count, that count when they have an answer, that count and fail."""

    async def count(name: str) -> None:
        calls[name] += 1

    async def ask(name: str) -> None:
        interrupt(name)
        calls[name] += 1

    async def fail(name: str) -> None:
        calls[name] += 1
        raise ValueError(name)

    return default_registry({"count": count, "ask": ask, "fail": fail})


async def answered(document: Document, registry: Registry) -> Any:
    """The state in which a run ends when its questions are answered one by one."""
    compiled = compile_workflow(parse(document), registry)
    graph = compiled.graph.copy(update={"checkpointer": InMemorySaver()})
    config = {"configurable": {"thread_id": "one"}}
    state = await graph.ainvoke(compiled.initial_state({}), config)
    while waits := state.pop("__interrupt__", None):
        state = await graph.ainvoke(Command(resume={waits[-1].id: "yes"}), config)
    return state


async def test_behind_an_error_edge_the_failure_is_told_as_in_a_catch():
    document = workflow(
        foreach("[1, 2]"),
        node("bad", expression="1 / (item - 2)", parent="loop"),
        node("late", expression="loop.error"),
        node("safe", "try", error_scope="continue"),
        node("again", expression="1 / 0", parent="safe", slot="try"),
        node("say", expression="error", parent="safe", slot="catch"),
        edges=(edge("loop", "late", on="error"),),
    )
    output = (await run(document)).output
    assert output["late"]["node_id"] == "bad"
    assert output["safe"]["node_id"] == "again"
    assert output["late"].keys() == output["safe"].keys() == {"type", "message", "node_id"}
