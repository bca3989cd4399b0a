"""One run through the whole service: real graph, real SQLite, real event log."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import structlog

from services.domain.events.vocabulary import Log, NodeCancelled
from services.domain.runs import RunStatus
from services.domain.visits import NodeStatus
from services.errors import RunAlreadyExecutedError, RunIsOverError
from tests.support.service import (
    completed,
    created,
    ended,
    kinds,
    log_of,
    run_of,
    service,
    states_of,
)
from workflow_compiler.lower.results import LARGE_PAYLOAD

CHAIN = {
    "name": "chain",
    "nodes": [
        {"id": "first", "type": "transform", "config": {"expression": "input.n + 1"}},
        {"id": "second", "type": "transform", "config": {"expression": "first.output * 2"}},
    ],
    "edges": [{"source": "first", "target": "second"}],
}


def calling(*names: str, **extra: Any) -> dict[str, Any]:
    """A workflow that starts functions beside each other."""
    nodes = [{"id": n, "type": "python", "config": {"function": n}, **extra} for n in names]
    return {"name": "calling", "nodes": nodes, "edges": []}


async def test_the_log_tells_the_whole_run_in_order(tmp_path: Path) -> None:
    async with service(tmp_path) as services:
        run = await created(services, CHAIN, {"n": 1})
        events = await completed(services, run)
        assert kinds(events) == [
            "run.created",
            "run.started",
            "node.started first",
            "node.completed first",
            "node.started second",
            "node.completed second",
            "run.completed",
        ]
        assert [event["seq"] for event in events] == list(range(1, 8))
        ended = await services.runs.get(run.id)
        assert ended.status is RunStatus.COMPLETED
        assert ended.output == {"second": 4}
        assert ended.progress == 1.0
        assert (await states_of(services, run))["second", 1].input == {"expression": 4}


async def test_the_graph_is_executed_exactly_once(tmp_path: Path) -> None:
    calls: Counter[str] = Counter()

    async def count() -> int:
        calls["count"] += 1
        return calls["count"]

    async with service(tmp_path, {"count": count}) as services:
        run = await run_of(services, calling("count"))
        assert (calls["count"], run.output) == (1, {"count": 1})


async def test_inner_models_and_graphs_are_never_taken_for_nodes(tmp_path: Path) -> None:
    """A function that runs a LangChain model and a LangGraph graph of its own is one node."""
    inner = {"name": "inner", "nodes": [{"id": "deep", "type": "start"}], "edges": []}

    async def nested() -> str:
        from workflow_compiler import compile_workflow, parse  # noqa: PLC0415 - inside on purpose
        from workflow_compiler.scripted import ScriptedChatModel  # noqa: PLC0415

        compiled = compile_workflow(parse(inner))
        await compiled.graph.ainvoke(compiled.initial_state({}))
        return str((await ScriptedChatModel().ainvoke("hello")).text)

    async with service(tmp_path, {"nested": nested}) as services:
        run = await created(services, calling("nested"))
        events = await completed(services, run)
        assert {event.get("node_id") for event in events} == {None, "nested"}


async def test_a_failed_node_fails_the_run_and_closes_its_siblings(tmp_path: Path) -> None:
    stopped = asyncio.Event()

    async def fails() -> None:
        raise ValueError("no such order")

    async def waits() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    async with service(tmp_path, {"fails": fails, "waits": waits}) as services:
        run = await created(services, calling("fails", "waits"))
        events = await completed(services, run)
        assert stopped.is_set()
        assert "node.failed fails" in kinds(events)
        assert kinds(events)[-2:] == ["node.cancelled waits", "run.failed"]
        error = (await services.runs.get(run.id)).error
        assert error is not None
        assert (error.type, error.message) == ("EXECUTION", "ValueError: no such order")
        assert (error.node_id, error.visit, error.attempt) == ("fails", 1, 1)
        states = await states_of(services, run)
        assert states["fails", 1].status is NodeStatus.FAILED
        assert states["waits", 1].status is NodeStatus.CANCELLED


async def test_every_attempt_is_visible(tmp_path: Path) -> None:
    attempts: Counter[str] = Counter()

    async def flaky() -> str:
        attempts["flaky"] += 1
        if attempts["flaky"] < 3:
            raise ConnectionError("the line is down")
        return "through"

    retry = {"max_attempts": 3, "initial_interval_seconds": 0.001}
    async with service(tmp_path, {"flaky": flaky}) as services:
        run = await created(services, calling("flaky", retry=retry))
        events = await completed(services, run)
        assert kinds(events)[2:-1] == [
            "node.started flaky",
            "node.attempt_failed flaky",
            "node.retrying flaky",
            "node.attempt_failed flaky",
            "node.retrying flaky",
            "node.completed flaky",
        ]
        assert events[-2]["attempt"] == 3
        assert (await services.runs.get(run.id)).output == {"flaky": "through"}


async def test_an_attempt_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    stopped = asyncio.Event()

    async def slow() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    async with service(tmp_path, {"slow": slow}) as services:
        run = await run_of(services, calling("slow", timeout_seconds=0.01))
        assert run.error is not None
        assert run.error.type == "TIMEOUT"
        assert stopped.is_set()


async def test_a_cancel_stops_the_work_and_says_why(tmp_path: Path) -> None:
    begun, stopped = asyncio.Event(), asyncio.Event()

    async def waits() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    async with service(tmp_path, {"waits": waits}) as services:
        run = await created(services, calling("waits"))
        async with services.runs.watch(run.id) as frames:
            await services.runs.execute(run.id)
            await begun.wait()
            assert (await services.runs.cancel(run.id, "not needed")).status in {
                RunStatus.CANCELLING,
                RunStatus.CANCELLED,
            }
            types = [frame.type async for frame in frames if frame.seq is not None]
        assert "run.cancelling" in types
        assert types[-2:] == ["node.cancelled", "run.cancelled"]
        assert stopped.is_set()
        with pytest.raises(RunIsOverError):
            await services.runs.cancel(run.id, "again")


async def test_a_node_that_swallows_the_cancel_does_not_make_it_a_success(tmp_path: Path) -> None:
    begun = asyncio.Event()

    async def stubborn() -> str:
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return "I went on"
        return "never"

    async with service(tmp_path, {"stubborn": stubborn}) as services:
        run = await created(services, calling("stubborn"))
        async with services.runs.watch(run.id) as frames:
            await services.runs.execute(run.id)
            await begun.wait()
            await services.runs.cancel(run.id, "stop")
            async for _ in frames:
                pass
        assert (await services.runs.get(run.id)).status is RunStatus.CANCELLED


async def test_a_pending_run_that_is_cancelled_never_starts(tmp_path: Path) -> None:
    async with service(tmp_path) as services:
        run = await created(services, CHAIN, {"n": 1})
        assert (await services.runs.cancel(run.id, "changed my mind")).status is RunStatus.CANCELLED
        with pytest.raises(RunAlreadyExecutedError):
            await services.runs.execute(run.id)


async def test_a_run_is_executed_once(tmp_path: Path) -> None:
    async with service(tmp_path) as services:
        run = await created(services, CHAIN, {"n": 1})
        outcomes = await asyncio.gather(
            *(services.runs.execute(run.id) for _ in range(10)), return_exceptions=True
        )
        refused = [o for o in outcomes if isinstance(o, RunAlreadyExecutedError)]
        assert len(refused) == 9
        with pytest.raises(RunAlreadyExecutedError):
            await services.runs.execute(run.id)


async def test_an_endless_loop_ends_with_a_typed_error(tmp_path: Path) -> None:
    document = {
        "name": "round",
        "limits": {"max_steps": 20},
        "nodes": [
            {"id": "begin", "type": "start"},
            {"id": "again", "type": "transform", "config": {"expression": "1"}},
        ],
        "edges": [
            {"source": "begin", "target": "again"},
            {"source": "again", "target": "again", "condition": "again.visit > 0"},
        ],
    }
    async with service(tmp_path) as services:
        run = await run_of(services, document)
        assert run.error is not None
        assert run.error.type == "STEP_LIMIT"
        assert run.error.node_id == "again"
        assert run.error.message == "'again' would be visit 21 of the run (limits.max_steps)"


async def test_a_loop_goes_round_as_often_as_the_definition_allows(tmp_path: Path) -> None:
    document = {
        "name": "rounds",
        "nodes": [
            {"id": "begin", "type": "start"},
            {"id": "turn", "type": "transform", "config": {"expression": "turn.visit"}},
        ],
        "edges": [
            {"source": "begin", "target": "turn"},
            {"source": "turn", "target": "turn", "condition": "turn.visit < 60"},
        ],
    }
    async with service(tmp_path) as services:
        run = await run_of(services, document)
        assert run.error is None
        assert (await states_of(services, run))["turn", 60].output == 60


async def test_an_output_that_cannot_be_worked_out_fails_the_run(tmp_path: Path) -> None:
    async with service(tmp_path) as services:
        document = CHAIN | {"output": {"x": "{{ input.missing }}"}}
        run = await run_of(services, document, {"n": 1})
        assert run.error is not None
        assert run.error.type == "EXPRESSION"
        assert "missing" in run.error.message


async def test_a_variable_that_two_kinds_of_values_meet_in_fails_the_run(tmp_path: Path) -> None:
    document = {
        "name": "variables",
        "variables": {"sum": {"reducer": "add", "default": 1}},
        "nodes": [{"id": "add", "type": "set", "config": {"values": {"sum": "'one'"}}}],
        "edges": [],
    }
    async with service(tmp_path) as services:
        run = await run_of(services, document)
        assert run.error is not None
        assert run.error.type == "TRANSFORMATION"
        assert "'sum'" in run.error.message


async def test_what_no_json_can_hold_fails_its_node(tmp_path: Path) -> None:
    async def opaque() -> object:
        return object()

    async def infinite() -> float:
        return float("inf")

    async with service(tmp_path, {"opaque": opaque, "infinite": infinite}) as services:
        for name in ("opaque", "infinite"):
            run = await run_of(services, calling(name))
            assert run.error is not None, name
            assert (run.error.type, run.error.node_id) == ("TRANSFORMATION", name)


async def test_tokens_are_shown_in_the_visit_that_streams_them(tmp_path: Path) -> None:
    document = {
        "name": "talk",
        "nodes": [
            {
                "id": "say",
                "type": "llm",
                "config": {
                    "model": "scripted",
                    "prompt": "hi",
                    "options": {"replies": [{"text": "good morning to you"}]},
                },
            }
        ],
        "edges": [],
    }
    async with service(tmp_path) as services:
        run = await created(services, document)
        async with services.runs.watch(run.id) as frames:
            await services.runs.execute(run.id)
            seen = [frame async for frame in frames]
        tokens = [frame for frame in seen if frame.seq is None]
        assert tokens
        assert all('"node_id":"say","visit":1' in frame.text for frame in tokens)
        states = await states_of(services, run)
        usage = states["say", 1].usage
        assert usage is not None
        assert usage.output_tokens == 4


async def test_a_run_whose_definition_no_longer_compiles_fails(tmp_path: Path) -> None:
    async def here() -> int:
        return 1

    async with service(tmp_path, {"here": here}) as services:
        run = await created(services, calling("here"))
    async with service(tmp_path) as services:
        await completed(services, run)
        error = (await services.runs.get(run.id)).error
        assert error is not None
        assert error.type == "VALIDATION"
        assert "unknown-function" in error.message


@pytest.mark.parametrize("ending", [SystemExit(3), KeyboardInterrupt(), GeneratorExit()])
async def test_a_function_that_ends_programs_ends_only_its_node(
    tmp_path: Path, ending: BaseException
) -> None:
    async def leaves() -> None:
        raise ending

    async with service(tmp_path, {"leaves": leaves}) as services:
        run = await run_of(services, calling("leaves"))
        assert run.error is not None
        assert (run.error.type, run.error.node_id) == ("EXECUTION", "leaves")


async def test_half_of_a_surrogate_pair_fails_its_node(tmp_path: Path) -> None:
    async def half() -> str:
        return "\ud800"

    async with service(tmp_path, {"half": half}) as services:
        run = await run_of(services, calling("half"))
        assert run.error is not None
        assert (run.error.type, run.error.node_id) == ("TRANSFORMATION", "half")


async def test_a_chain_may_be_as_long_as_the_steps_that_are_allowed(tmp_path: Path) -> None:
    ids = [f"n{i}" for i in range(40)]
    document = {
        "name": "exact",
        "limits": {"max_steps": 40},
        "nodes": [{"id": i, "type": "template", "config": {"template": i}} for i in ids],
        "edges": [{"source": a, "target": b} for a, b in pairwise(ids)],
    }
    async with service(tmp_path) as services:
        assert (await run_of(services, document)).status is RunStatus.COMPLETED


@pytest.mark.parametrize("is_blocking", [True, False])
async def test_a_cancel_says_whether_a_thread_still_runs(tmp_path: Path, is_blocking: bool) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def block() -> None:
        begun.set()
        go_on.wait()

    async def sleep() -> None:
        begun.set()
        await asyncio.Event().wait()

    functions = {"work": block if is_blocking else sleep}
    work = {"id": "work", "type": "python", "config": {"function": "work"}}
    try:
        async with service(tmp_path, functions) as services:
            run = await created(services, {"name": "work", "nodes": [work], "edges": []})
            await services.runs.execute(run.id)
            await asyncio.to_thread(begun.wait)
            await services.runs.cancel(run.id, "enough")
            run = await ended(services, run.id)
            told = await log_of(services, run)
            [cancelled] = (event for event in told if isinstance(event, NodeCancelled))
            assert cancelled.still_running is is_blocking
    finally:
        go_on.set()


async def test_a_body_that_is_stopped_says_whether_a_thread_still_runs(tmp_path: Path) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def block() -> None:
        begun.set()
        go_on.wait()

    async def fail() -> None:
        await asyncio.to_thread(begun.wait)
        raise ValueError("no")

    within = {"type": "python", "parent": "safe", "slot": "try"}
    nodes = [
        {"id": "safe", "type": "try", "config": {"error_scope": "continue"}},
        {"id": "work", **within, "config": {"function": "block"}},
        {"id": "risk", **within, "config": {"function": "fail"}, "retry": {"max_attempts": 1}},
    ]
    try:
        async with service(tmp_path, {"block": block, "fail": fail}) as services:
            run = await created(services, {"name": "work", "nodes": nodes, "edges": []})
            await services.runs.execute(run.id)
            run = await ended(services, run.id)
            told = await log_of(services, run)
            [cancelled] = (event for event in told if isinstance(event, NodeCancelled))
            assert (run.status, cancelled.node_id) == (RunStatus.COMPLETED, "work")
            assert cancelled.still_running
    finally:
        go_on.set()


async def test_a_large_result_is_warned_of_in_both_logs(tmp_path: Path) -> None:
    async def give(size: int) -> str:
        return "x" * (size - 2)  # the quotes count

    call = {"function": "give", "arguments": {"size": "{{ input.size }}"}}
    document = {
        "name": "large",
        "nodes": [{"id": "give", "type": "python", "config": call}],
        "edges": [],
    }
    async with service(tmp_path, {"give": give}) as services:
        with structlog.testing.capture_logs() as said:
            for size in (LARGE_PAYLOAD, LARGE_PAYLOAD + 1):
                run = await run_of(services, document, {"size": size})
        [warning] = (event for event in await log_of(services, run) if isinstance(event, Log))
        assert (warning.level, warning.node_id) == ("warning", "give")
        assert "262,145 bytes" in warning.message
        large = [line for line in said if line["event"] == "session.large_result"]
        assert [(line["run_id"], line["bytes"]) for line in large] == [(run.id, size)]
