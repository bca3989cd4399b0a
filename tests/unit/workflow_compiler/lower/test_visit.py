"""One visit: attempts, retries, timeouts, errors, and what is told of them."""

import asyncio
import threading
from datetime import timedelta
from random import Random
from typing import Any

import anyio
import pytest

from tests.unit.workflow_compiler.running import (
    Document,
    Outcome,
    PatientClock,
    edge,
    node,
    path,
    run,
    workflow,
)
from workflow_compiler import (
    Completed,
    NodeContext,
    NodeType,
    RunContext,
    compile_workflow,
    default_registry,
    parse,
)
from workflow_compiler.errors import ErrorType
from workflow_compiler.registry import NoConfig
from workflow_compiler.scripted import ScriptedChatModels
from workflow_compiler.trace import (
    ATTEMPT_MARK,
    AttemptFailed,
    EdgeKind,
    Record,
    VisitCompleted,
    VisitFailed,
    VisitStarted,
)


async def succeed_at(attempt: int, context: NodeContext) -> int:
    if context.attempt < attempt:
        msg = f"attempt {context.attempt}"
        raise ConnectionError(msg)
    return context.attempt


async def hang() -> None:
    await anyio.Event().wait()


async def refuse() -> None:
    raise PermissionError


async def give_up_by_itself() -> None:
    raise TimeoutError("the printer")


async def cancel_itself() -> None:
    raise asyncio.CancelledError


async def await_what_is_cancelled() -> None:
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(future.cancel)
    await future


FUNCTIONS = (succeed_at, hang, refuse, give_up_by_itself, cancel_itself, await_what_is_cancelled)
REGISTRY = default_registry({function.__name__: function for function in FUNCTIONS})


def call(function: str, **more: Any) -> Document:
    arguments = more.pop("arguments", {})
    return node("a", "python", function=function, arguments=arguments, **more)


async def ran(*nodes: Document, clock: PatientClock | None = None, **more: Any) -> Outcome:
    document = workflow(*nodes, **more)
    return await run(document, registry=REGISTRY, clock=clock or PatientClock(), random=Random(1))


def story(outcome: Outcome) -> list[str]:
    return [type(record).__name__ for record in outcome.records]


async def test_a_visit_tells_its_input_and_its_output():
    outcome = await ran(node("a", expression="1 + 1"))
    assert story(outcome) == ["VisitStarted", "VisitCompleted"]
    [started], [completed] = outcome.all(VisitStarted), outcome.all(VisitCompleted)
    assert (started.input, completed.output) == ({"expression": 2}, 2)
    assert (started.visit, started.attempt, started.at < completed.at) == (1, 1, True)


async def test_what_nobody_hears_is_not_said():
    clock = PatientClock()
    before = clock.now()
    compiled = compile_workflow(parse(workflow(node("a", expression="1"))))
    await compiled.graph.ainvoke(compiled.initial_state({}), context=RunContext(clock=clock))
    assert clock.now() - before == timedelta(milliseconds=1)


async def test_a_retry_is_told_and_waits_longer_every_time():
    clock = PatientClock()
    retry = {"max_attempts": 4, "initial_interval_seconds": 1, "backoff": 3, "jitter": 0}
    retry["max_interval_seconds"] = 5
    outcome = await ran(call("succeed_at", arguments={"attempt": 4}, retry=retry), clock=clock)
    assert story(outcome) == ["VisitStarted", *["AttemptFailed"] * 3, "VisitCompleted"]
    assert (
        [failed.delay_seconds for failed in outcome.all(AttemptFailed)] == clock.slept == [1, 3, 5]
    )
    assert (outcome.output, outcome.visits) == ({"a": 4}, {"a": 1})


async def test_jitter_moves_a_delay_by_its_share():
    clock = PatientClock()
    retry = {"max_attempts": 9, "initial_interval_seconds": 1, "backoff": 1, "jitter": 0.5}
    await ran(call("succeed_at", arguments={"attempt": 9}, retry=retry), clock=clock)
    assert len(set(clock.slept)) == 8
    assert all(0.5 <= seconds <= 1.5 for seconds in clock.slept)


async def test_the_last_attempt_decides():
    retry = {"max_attempts": 2, "jitter": 0}
    outcome = await ran(call("succeed_at", arguments={"attempt": 3}, retry=retry))
    assert story(outcome) == ["VisitStarted", "AttemptFailed", "AttemptFailed", "VisitFailed"]
    assert [failed.delay_seconds for failed in outcome.all(AttemptFailed)] == [1, None]
    assert outcome.error is not None
    assert (outcome.error.attempt, outcome.error.failure.type) == (2, ErrorType.CONNECTIVITY)


async def test_what_no_attempt_can_mend_is_not_tried_again():
    outcome = await ran(call("refuse", retry={"max_attempts": 5}))
    assert story(outcome) == ["VisitStarted", "AttemptFailed", "VisitFailed"]


async def test_an_attempt_that_takes_too_long_is_cancelled():
    outcome = await ran(call("hang", timeout_seconds=0.01))
    assert outcome.error is not None
    assert outcome.error.failure.type is ErrorType.TIMEOUT
    assert outcome.error.failure.message == "no result within 0.01 s"


async def test_a_timeout_of_the_behaviour_is_not_taken_for_ours():
    outcome = await ran(call("give_up_by_itself", timeout_seconds=5))
    assert outcome.error is not None
    assert outcome.error.failure.type is ErrorType.TIMEOUT
    assert outcome.error.failure.message == "TimeoutError: the printer"


@pytest.mark.parametrize("function", ["cancel_itself", "await_what_is_cancelled"])
async def test_a_node_that_cancels_itself_has_failed(function: str):
    outcome = await ran(call(function), node("b"), edges=(edge("a", "b", on="error"),))
    [failed] = outcome.all(VisitFailed)
    assert (failed.failure.type, failed.attempt) == (ErrorType.EXECUTION, 1)
    assert failed.failure.message == "the node raised CancelledError()"
    assert outcome.visits["b"] == 1


async def test_a_node_that_is_cancelled_has_not_failed():
    records: list[Record] = []
    hanging = asyncio.Event()

    async def hang_in_sight() -> None:
        hanging.set()
        await hang()

    registry = default_registry({"hang_in_sight": hang_in_sight})
    compiled = compile_workflow(parse(workflow(call("hang_in_sight"))), registry)
    start = compiled.initial_state({})
    running = compiled.graph.ainvoke(start, context=RunContext(tap=records.append))
    task = asyncio.ensure_future(running)
    await hanging.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [type(record) for record in records] == [VisitStarted]


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ({"total": "one"}, "variable 'total': cannot add int and str"),
        ({"totl": 1}, "no variable 'totl' is declared"),
    ],
)
async def test_a_variable_that_cannot_take_a_value_fails_its_node(
    written: dict[str, Any], message: str
):
    async def write(config: NoConfig, context: NodeContext) -> Completed:
        del config, context
        return Completed(output=None, variables=written)

    writer = NodeType(name="write", description="Writes.", config=NoConfig, behaviour=write)
    document = workflow(
        {"id": "a", "type": "write"},
        node("b"),
        edges=(edge("a", "b", on="error"),),
        variables={"total": {"reducer": "add", "default": 1}},
    )
    outcome = await run(document, registry=default_registry().with_types(writer))
    [failed] = outcome.all(VisitFailed)
    assert failed.failure.message == message
    assert outcome.visits["b"] == 1


async def test_models_in_a_later_attempt_mark_their_events():
    async def ask(context: NodeContext) -> None:
        model = context.run.chat_models.chat_model("scripted", {})
        async for _ in model.astream("hi"):
            pass
        if context.attempt < 3:
            raise ConnectionError

    retry = {"max_attempts": 3}
    document = workflow(node("a", "python", function="ask", retry=retry))
    compiled = compile_workflow(parse(document), default_registry({"ask": ask}))
    context = RunContext(clock=PatientClock(), chat_models=ScriptedChatModels())
    events = compiled.graph.astream_events(
        compiled.initial_state({}), compiled.config, version="v2", context=context
    )
    starts = [raw async for raw in events if raw["event"] == "on_chat_model_start"]
    assert [raw["metadata"].get(ATTEMPT_MARK) for raw in starts] == [None, 2, 3]


async def test_a_thread_that_takes_too_long_is_given_up_and_no_longer_heard():
    go_on, finished = threading.Event(), threading.Event()

    def block(context: NodeContext) -> None:
        go_on.wait()
        context.report.log("too late")
        finished.set()

    document = workflow(node("a", "python", function="block", timeout_seconds=0.5))
    outcome = await run(document, registry=default_registry({"block": block}))
    go_on.set()
    finished.wait()
    assert story(outcome) == ["VisitStarted", "ThreadLeft", "AttemptFailed", "VisitFailed"]
    assert outcome.error is not None
    assert outcome.error.failure.message == "no result within 0.5 s"


async def test_a_handled_failure_can_be_read():
    said = "[a.status, a.error.type, a.error.node_id, a.output]"
    nodes = (call("refuse"), node("b"), node("c", expression=said))
    edges = (edge("a", "b"), edge("a", "c", on="error"))
    outcome = await ran(*nodes, edges=edges)
    assert outcome.output == {"c": ["failed", "SECURITY", "a", None]}
    [failed] = outcome.all(VisitFailed)
    assert [(d.kind, d.taken) for d in failed.decisions] == [(EdgeKind.ERROR, True)]


async def test_a_config_that_cannot_be_resolved_fails_the_visit_that_has_begun():
    outcome = await ran(node("a", "template", template="{{ input.missing }}"))
    assert story(outcome) == ["VisitStarted", "VisitFailed"]
    assert outcome.all(VisitStarted)[0].input == {"template": "{{ input.missing }}"}


async def test_visits_of_a_loop_are_counted():
    edges = (*path("a", "b"), edge("b", "b", condition="b.visit < 3"))
    outcome = await ran(node("a"), node("b", expression="b.visit"), edges=edges)
    assert [(r.node_id, r.visit) for r in outcome.all(VisitCompleted)] == [
        ("a", 1),
        ("b", 1),
        ("b", 2),
        ("b", 3),
    ]


async def test_a_join_tells_which_edges_it_consumed():
    edges = (
        edge("a", "b"),
        edge("a", "c", condition="a.visit == 1"),
        *path("b", "d"),
        *path("c", "d"),
    )
    outcome = await ran(*map(node, "abcd"), edges=edges)
    consumed = {record.node_id: record.consumed for record in outcome.all(VisitStarted)}
    assert consumed == {"a": (4,), "b": (0,), "c": (1,), "d": (2, 3)}


async def test_a_join_of_which_one_branch_was_pruned_consumed_the_other():
    edges = (
        edge("a", "b"),
        edge("a", "c", condition="a.visit > 1"),
        *path("b", "d"),
        *path("c", "d"),
    )
    outcome = await ran(*map(node, "abcd"), edges=edges)
    assert outcome.all(VisitStarted)[-1].consumed == (2,)


async def test_tokens_that_come_too_late_for_an_any_join_tell_no_story():
    nodes = (*map(node, "abc"), node("d", join="any"))
    edges = (*path("a", "b", "c", "d"), edge("a", "d"))
    outcome = await ran(*nodes, edges=edges)
    assert outcome.visits == {"a": 1, "b": 1, "c": 1, "d": 1}


@pytest.mark.parametrize("join", ["all", "any"])
async def test_a_join_waits_for_no_token_that_an_any_join_swallows(join: str):
    """Without being told, `late` would wait for the token that `first` swallowed, for ever."""
    nodes = (*map(node, "abcx"), node("first", join="any"), node("late", join=join))
    edges = (
        *path("a", "first"),
        *path("a", "b", "c", "first"),
        edge("first", "late", condition="first.visit > 1"),
        *path("a", "x", "late"),
    )
    outcome = await ran(*nodes, edges=edges)
    assert outcome.visits == dict.fromkeys(["a", "b", "c", "x", "first", "late"], 1)
