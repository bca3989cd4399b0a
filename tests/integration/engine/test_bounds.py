"""What bounds a run as a whole: its deadline, and the length of its log."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
import structlog

from services.domain.events.runs import RunWaiting
from services.domain.events.stops import Breakpoint
from services.domain.runs import RunStatus
from services.domain.visits import NodeStatus
from services.engine.history_limit import MAX_EVENTS, WARN_EVENTS, HistoryLimit
from tests.integration.engine.test_debugging import LINGER, at_rest, begun, stops
from tests.support.service import created, ended, log_of, run_of, service, states_of
from tests.support.time_machine import TimeMachine
from workflow_compiler import NodeError

ASK = {"id": "ask", "type": "human", "config": {"prompt": "go on?", "form": {}}}


def within(seconds: float, *nodes: dict[str, Any]) -> dict[str, Any]:
    """A workflow that may take so long."""
    limits = {"deadline_seconds": seconds}
    return {"name": "limited", "limits": limits, "nodes": list(nodes), "edges": []}


async def test_a_run_fails_at_its_deadline_and_its_work_is_stopped(tmp_path: Path) -> None:
    stopped = asyncio.Event()

    async def endless() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    node = {"id": "endless", "type": "python", "config": {"function": "endless"}}
    async with service(tmp_path, {"endless": endless}) as services:
        run = await run_of(services, within(0.2, node))
        assert run.error is not None
        assert (run.status, run.error.type) == (RunStatus.FAILED, "DEADLINE")
        assert "deadline_seconds" in run.error.message
        assert stopped.is_set()
        assert (await states_of(services, run))["endless", 1].status is NodeStatus.CANCELLED
        await log_of(services, run)


async def test_a_run_that_waits_wakes_at_its_deadline(tmp_path: Path) -> None:
    async with service(tmp_path, wait_linger_seconds=0) as services:
        run = await run_of(services, within(0.5, ASK))
        assert run.error is not None
        assert run.error.type == "DEADLINE"
        assert "run.waiting" in [event.type for event in await log_of(services, run)]
        assert (await states_of(services, run))["ask", 1].status is NodeStatus.CANCELLED


async def test_a_paused_run_that_is_late_fails_when_it_is_resumed(tmp_path: Path) -> None:
    async with service(tmp_path, wait_linger_seconds=60) as services:
        run = await created(services, within(1.5, ASK))
        async with services.runs.watch(run.id) as frames:
            await services.runs.execute(run.id)
            async for frame in frames:
                if frame.type == "node.waiting":
                    break
        await services.runs.pause(run.id)
        async with services.runs.watch(run.id) as frames:
            async for frame in frames:
                if frame.type == "run.paused":
                    break
        await asyncio.sleep(1.6)  # nothing happens at a deadline while a run is paused
        assert (await services.runs.get(run.id)).status is RunStatus.PAUSED
        await services.runs.resume(run.id)
        run = await ended(services, run.id)
        assert run.error is not None
        assert run.error.type == "DEADLINE"


def compute(name: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "type": "transform", "config": {"expression": "1"}, **more}


async def test_deadline_and_timers_stand_still_while_somebody_looks_at_what_has_stopped(
    tmp_path: Path,
) -> None:
    machine = TimeMachine()
    safe = {"id": "safe", "type": "try", "timeout_seconds": 300}
    document = within(600, safe, compute("in", parent="safe"), compute("last"))
    document |= {"edges": [{"source": "safe", "target": "last"}]}
    async with service(tmp_path, ahead=machine, **LINGER) as services:
        wanted = [Breakpoint(id=name, node_id=name) for name in ("in", "last")]
        run = await begun(services, document, *wanted)
        for name in ("in", "last"):
            await stops(services, run, name)
            await at_rest(services, run)
            machine.go(hours=1)
            await services.debugging.go_on(run.id)
        run = await ended(services, run.id)
        assert (run.status, run.error) == (RunStatus.COMPLETED, None)
        await log_of(services, run)


async def test_what_waits_beside_what_has_stopped_is_not_woken_by_a_timer_that_stands_still(
    tmp_path: Path,
) -> None:
    safe = {"id": "safe", "type": "try", "timeout_seconds": 0.3, "retry": {"max_attempts": 1}}
    nodes = [safe, {**ASK, "parent": "safe"}, compute("beside", parent="safe")]
    document: dict[str, Any] = {"name": "beside", "nodes": nodes, "edges": []}
    async with service(tmp_path, **LINGER) as services:
        run = await begun(services, document, Breakpoint(id="b", node_id="beside"))
        await stops(services, run, "beside")
        await at_rest(services, run)
        waiting = [e for e in await log_of(services, run) if isinstance(e, RunWaiting)]
        assert [event.due_at for event in waiting] == [None]
        await services.debugging.go_on(run.id)
        run = await ended(services, run.id)
        assert run.error is not None
        assert (run.error.type, run.error.node_id) == ("TIMEOUT", "safe")


@pytest.mark.parametrize(
    ("before", "after", "warned", "failed"),
    [
        (0, WARN_EVENTS - 1, False, False),
        (WARN_EVENTS - 1, WARN_EVENTS, True, False),
        (WARN_EVENTS, MAX_EVENTS - 1, False, False),
        (MAX_EVENTS - 1, MAX_EVENTS, False, True),
        (0, MAX_EVENTS + 1, True, True),
        (MAX_EVENTS, MAX_EVENTS + 1, False, False),
    ],
)
def test_a_long_log_warns_once_and_then_fails(
    before: int, after: int, *, warned: bool, failed: bool
) -> None:
    failures: list[NodeError] = []
    with structlog.testing.capture_logs() as said:
        HistoryLimit(failures.append, before).grew(after)
    assert [line["event"] for line in said] == ["run.long_history"] * warned
    assert [error.type for error in failures] == ["HISTORY_LIMIT"] * failed


async def test_a_run_with_too_many_events_fails(tmp_path: Path) -> None:
    async def talks(context: Any) -> None:
        for _ in range(MAX_EVENTS):
            context.report.log("and on")
        await asyncio.Event().wait()

    node = {"id": "talks", "type": "python", "config": {"function": "talks"}}
    async with service(tmp_path, {"talks": talks}) as services:
        run = await run_of(services, {"name": "talks", "nodes": [node], "edges": []})
        assert run.error is not None
        assert run.error.type == "HISTORY_LIMIT"
        assert run.event_count >= MAX_EVENTS
