"""What goes wrong where a graph is debugged with interrupts alone, and never does here.

Each trap of LangGraph's own interrupts has a test. A stop outlives its process, is asked of from
another one, and is where it should be inside of whatever a node can be inside of.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from services.bootstrap import Services
from services.domain.debug.commands import Where
from services.domain.events.stops import BreakOn, Breakpoint, DebugWish, Going, Target
from services.domain.runs import Run, RunStatus
from services.domain.selecting import RunSelection
from services.domain.visits import NodeStatus
from services.errors import NotStoppedError
from services.usecases.accepting import Background
from services.usecases.debugging import Given
from tests.integration.engine.test_abandoned import IN_TIME, calls_in, killed_while
from tests.integration.engine.test_debugging import (
    FORK,
    LINGER,
    Calls,
    at_rest,
    begun,
    chain,
    node,
    stops,
)
from tests.integration.engine.test_elsewhere import First, both, until
from tests.support.service import ended, log_of, service, states_of
from tests.support.victim import LEASE_SECONDS, functions

BOTH = [Breakpoint(id=name, node_id=name) for name in ("left", "right")]
AFTER = [Breakpoint(id=name, node_id=name, on=BreakOn.AFTER) for name in ("left", "right")]

SUB = chain("one", "two") | {"name": "sub"}
CALLING = chain("a", {"id": "call", "type": "subworkflow", "config": {"workflow": "sub"}}, "end")


async def sub_run_of(services: Services, run: Run) -> Run:
    page = await services.runs.page("default", RunSelection(parent_run_id=run.id))
    return page.items[0]


async def test_an_edit_of_one_branch_drops_no_sibling(tmp_path: Path) -> None:
    """`update_state(as_node=...)` forgets all other tasks of a step."""
    calls = Calls()
    async with service(tmp_path, calls.functions, **LINGER) as services:
        run = await begun(services, FORK, *BOTH)
        await stops(services, run, "left", "right")
        await at_rest(services, run)
        given = Given(changes={Target.OUTPUT: "by hand"})
        await services.debugging.edit(run.id, Where(node_id="left"), given)
        await services.debugging.go_on(run.id)
        over = await ended(services, run.id)
        assert over.status is RunStatus.COMPLETED
        assert (await states_of(services, run))["left", 1].output == "by hand"
        assert calls.count == {"a": 1, "right": 1, "end": 1}


async def test_one_that_goes_on_makes_no_other_work_again(tmp_path: Path) -> None:
    """Resuming one interrupt runs every other waiting node again, up to its own."""
    calls = Calls()
    async with service(tmp_path, calls.functions, **LINGER) as services:
        run = await begun(services, FORK, *AFTER)
        await stops(services, run, "left", "right")
        await at_rest(services, run)
        await services.debugging.go_on(run.id, Where(node_id="left"))
        await at_rest(services, run)
        assert calls.count == {"a": 1, "left": 1, "right": 1}
        await services.debugging.go_on(run.id)
        await ended(services, run.id)
        assert calls.count == {"a": 1, "left": 1, "right": 1, "end": 1}


async def test_what_names_no_stop_is_refused_and_does_nothing(tmp_path: Path) -> None:
    """An unknown interrupt id is passed over in silence, and all waiting nodes run again."""
    calls = Calls()
    async with service(tmp_path, calls.functions, **LINGER) as services:
        run = await begun(services, FORK, *AFTER)
        await stops(services, run, "left", "right")
        before = (await at_rest(services, run)).event_count
        for where in (Where(node_id="a"), Where(node_id="left", visit=2), Where(path="x[0]")):
            with pytest.raises(NotStoppedError):
                await services.debugging.go_on(run.id, where)
            with pytest.raises(NotStoppedError):
                await services.debugging.edit(run.id, where, Given(variables={}))
        assert (await services.runs.get(run.id)).event_count == before
        assert calls.count == {"a": 1, "left": 1, "right": 1}


async def test_breakpoints_reach_into_whatever_a_node_is_inside_of(tmp_path: Path) -> None:
    """`interrupt_before` of the root does not reach the graphs in it."""
    calls = Calls()
    calls.fails = 9
    each = {"id": "each", "type": "foreach", "config": {"items": "[1, 2]", "mode": "parallel"}}
    lenient = {"error_scope": "continue"}
    safe = {"id": "safe", "type": "try", "config": lenient, "parent": "each"}
    shaky = {"id": "shaky", "type": "python", "config": {"function": "shaky"}}
    document = chain(
        each, safe, shaky | {"parent": "safe"}, node("mend", parent="safe", slot="catch"), "end"
    )
    async with service(tmp_path, calls.functions) as services:
        wanted = [Breakpoint(id="s", node_id="shaky"), Breakpoint(id="m", node_id="mend")]
        run = await begun(services, document, *wanted)
        places = await _paths(services, run, 2)
        assert places == {("shaky", f"each[{item}].safe.try") for item in (0, 1)}
        first = Where(path="each[0].safe.try")
        await services.debugging.step(run.id, first)
        assert await _paths(services, run, 2) == {
            ("mend", "each[0].safe.catch"),
            ("shaky", "each[1].safe.try"),
        }
        assert calls.count == {"shaky": 1}
        await services.breakpoints.replace_all(run.id, [])
        await services.debugging.go_on(run.id)
        over = await ended(services, run.id)
        assert over.error is None
        assert calls.count == {"shaky": 2, "mend": 2, "end": 1}


async def _paths(services: Services, run: Run, number: int) -> set[tuple[str, str]]:
    """Where a run has stopped, once it has so often."""
    async with services.runs.watch(run.id) as frames:
        async for _ in frames:
            halts = (await services.debugging.get(run.id)).stopped
            if len(halts) == number:
                return {(h.stop.place.node_id, h.stop.place.path) for h in halts}
    raise AssertionError("it ended")


async def test_one_steps_into_a_sub_run_and_out_of_it(tmp_path: Path) -> None:
    calls = Calls()
    async with service(tmp_path, calls.functions, **LINGER) as services:
        await services.workflows.publish("default", SUB)
        run = await begun(services, CALLING, Breakpoint(id="x", node_id="call"))
        await stops(services, run, "call")
        await services.debugging.step(run.id, going=Going.INTO)
        async with services.runs.watch(run.id) as frames:
            async for frame in frames:
                if frame.type == "log":  # it names its sub-run
                    break
        sub = await sub_run_of(services, run)
        await stops(services, sub, "one")
        await services.debugging.step(sub.id)
        await stops(services, sub, "two")
        await services.debugging.step_out(sub.id)
        await stops(services, run, "end")
        assert (await services.runs.get(sub.id)).status is RunStatus.COMPLETED
        assert calls.count == {"a": 1, "one": 1, "two": 1}


async def test_a_stop_outlives_its_process(tmp_path: Path) -> None:
    """What was at work beside it begins again; what has stopped stays, and has done nothing."""
    run_id = await killed_while(tmp_path, "stopping")
    chosen = functions(tmp_path, ends=True)
    async with service(tmp_path, chosen, lease_seconds=LEASE_SECONDS, **LINGER) as services:
        run = await services.runs.get(run_id)
        async with asyncio.timeout(IN_TIME):
            await at_rest(services, run)
        await stops(services, run, "beside")
        calls = calls_in(tmp_path)
        assert (calls["before"], calls["beside"]) == (1, 0)
        await services.debugging.go_on(run_id)
        over = await ended(services, run_id)
        assert (over.status, over.output) == (RunStatus.COMPLETED, {"after": [1]})
        calls = calls_in(tmp_path)
        assert (calls["before"], calls["beside"]) == (1, 1)
        assert calls["endless"] in {1, 2}, "the first process may have died before it began"
        await log_of(services, over)


async def test_a_run_is_debugged_from_a_process_that_does_not_execute_it(
    database_url: str,
) -> None:
    """A step is heard at once while the run is at work elsewhere, and when it rests."""
    first, calls = First(), Calls()
    document: dict[str, Any] = {
        "name": "elsewhere",
        "nodes": [
            {"id": "first", "type": "python", "config": {"function": "first"}},
            *(node(name) for name in ("one", "two", "end")),
        ],
        "edges": [
            {"source": "one", "target": "two"},
            {"source": "two", "target": "end"},
            {"source": "first", "target": "end"},
        ],
    }
    async with both(database_url, {**calls.functions, "first": first.call}) as (_, there):
        published = await there.workflows.publish("default", document)
        debug = DebugWish(breakpoints=(Breakpoint(id="x", node_id="one"),))
        workflow_id, background = published.version.workflow_id, Background(debug=debug)
        run = await there.runs.create("default", workflow_id, {}, background=background)
        await there.runs.execute(run.id)
        await stops(there, run, "one")
        await there.debugging.step(run.id)
        await stops(there, run, "two")
        assert not first.go.is_set(), "it was at work all the time"
        first.go.set()
        await until(there, run.id, "run.paused")
        await there.debugging.step(run.id)
        await stops(there, run, "end")
        await there.debugging.go_on(run.id)
        over = await ended(there, run.id)
        assert over.status is RunStatus.COMPLETED
        assert calls.count == {"one": 1, "two": 1, "end": 1}


async def test_a_run_changes_its_version_at_a_stop(tmp_path: Path) -> None:
    calls = Calls()
    async with service(tmp_path, calls.functions, **LINGER) as services:
        run = await begun(services, chain("a", "b", "c"), Breakpoint(id="x", node_id="b"))
        await stops(services, run, "b")
        await at_rest(services, run)
        changed = chain("a", node("b", arguments={"value": "new"}), "c", "d")
        version = (await services.workflows.publish("default", changed)).version.version
        moved = await services.migrations.migrate(run.id, version)
        assert moved.version == version
        await stops(services, run, "b")
        await services.debugging.go_on(run.id)
        over = await ended(services, run.id)
        assert over.output == {"d": "d"}
        assert (await states_of(services, run))["b", 1].output == "new"
        assert calls.count == {"a": 1, "b": 1, "c": 1, "d": 1}


async def test_a_cancel_ends_all_that_has_stopped(tmp_path: Path) -> None:
    calls = Calls()
    async with service(tmp_path, calls.functions) as services:
        run = await begun(services, FORK, *BOTH)
        await stops(services, run, "left", "right")
        await services.runs.cancel(run.id, "enough")
        over = await ended(services, run.id)
        states = await states_of(services, run)
        assert over.status is RunStatus.CANCELLED
        assert {states[name, 1].status for name in ("left", "right")} == {NodeStatus.CANCELLED}
        assert (await services.debugging.get(run.id)).stopped == ()
