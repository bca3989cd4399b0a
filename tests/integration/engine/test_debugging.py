"""Runs that somebody debugs: where they stop, what is changed there, and how they go on."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from services.bootstrap import Services
from services.domain.debug.commands import Where
from services.domain.events.stops import (
    BreakOn,
    Breakpoint,
    DebugWish,
    Going,
    NodePaused,
    Pinned,
    Position,
    StateEdited,
    StopReason,
    Target,
)
from services.domain.runs import Run, RunStatus
from services.domain.visits import NodeStatus
from services.errors import (
    BreakpointError,
    EditError,
    NotStoppedError,
    RunNotStartedError,
    SeveralStopsError,
)
from services.usecases.accepting import Background
from services.usecases.debugging import Given
from tests.support.service import ended, log_of, service, states_of

LINGER = {"wait_linger_seconds": 0.0}
"""A run that has stopped is given up at once: each step finds it in the database."""


class Calls:
    """Functions that count how often they are called, with what."""

    def __init__(self) -> None:
        self.count: Counter[str] = Counter()
        self.given: list[Any] = []
        self.fails = 0

    async def work(self, name: str, value: Any = None) -> Any:
        self.count[name] += 1
        self.given.append(value)
        return name if value is None else value

    async def shaky(self) -> str:
        self.count["shaky"] += 1
        if self.fails:
            self.fails -= 1
            raise ValueError("not yet")
        return "well"

    @property
    def functions(self) -> Mapping[str, Callable[..., Any]]:
        return {"work": self.work, "shaky": self.shaky}


def node(name: str, **more: Any) -> dict[str, Any]:
    config = {"function": "work", "arguments": {"name": name, **more.pop("arguments", {})}}
    return {"id": name, "type": "python", "config": config, **more}


def chain(*nodes: Any, **more: Any) -> dict[str, Any]:
    full = [node(each) if isinstance(each, str) else each for each in nodes]
    outer = [each["id"] for each in full if "parent" not in each]
    edges = [{"source": a, "target": b} for a, b in pairwise(outer)]
    return {"name": "chain", "nodes": full, "edges": edges} | more


FORK = {
    "name": "fork",
    "nodes": [node(name) for name in ("a", "left", "right", "end")],
    "edges": [
        {"source": "a", "target": "left"},
        {"source": "a", "target": "right"},
        {"source": "left", "target": "end"},
        {"source": "right", "target": "end"},
    ],
}


async def begun(
    services: Services, document: Mapping[str, Any], *breakpoints: Breakpoint, **wish: Any
) -> Run:
    """A run that is debugged from its beginning, and executed."""
    published = await services.workflows.publish("default", document)
    debug = DebugWish(breakpoints=breakpoints, **wish)
    workflow = published.version.workflow_id
    background = Background(debug=debug)
    run = await services.runs.create("default", workflow, {}, background=background)
    await services.runs.execute(run.id)
    return run


async def at_rest(services: Services, run: Run) -> Run:
    """A run after nothing of it is at work any more: its log ends with that."""
    async with services.runs.watch(run.id) as frames:
        async for _ in _and_now(frames):
            last = await services.log.after(run.id, await services.log.head(run.id) - 1)
            if last[-1].type in {"run.paused", "run.waiting"}:
                break
    return await services.runs.get(run.id)


async def done(services: Services, run: Run, name: str) -> None:
    """Wait until the first visit of a node has completed: a rest before that is no answer to it."""
    async with services.runs.watch(run.id) as frames:
        async for _ in _and_now(frames):
            if (await states_of(services, run))[name, 1].status is NodeStatus.COMPLETED:
                return
    raise AssertionError(name)


async def stops(services: Services, run: Run, *names: str) -> dict[str, NodePaused]:
    """What has stopped, by node, once it is exactly these; nothing, when the run is over."""
    async with services.runs.watch(run.id) as frames:
        async for _ in _and_now(frames):
            found = await services.debugging.get(run.id)
            by_name = {visit.stop.place.node_id: visit.told for visit in found.stopped}
            if sorted(by_name) == sorted(names) and (names or found.run.is_over):
                return by_name
    found = await services.debugging.get(run.id)
    by_name = {visit.stop.place.node_id: visit.told for visit in found.stopped}
    assert sorted(by_name) == sorted(names)
    return by_name


async def _and_now(frames: Any) -> Any:
    yield None
    async for frame in frames:
        yield frame


async def test_a_breakpoint_stops_a_node_before_it_and_names_its_input(tmp_path: Path) -> None:
    calls = Calls()
    async with service(tmp_path, calls.functions, **LINGER) as services:
        document = chain("a", node("b", arguments={"value": "{{ a.output }}"}), "c")
        run = await begun(services, document, Breakpoint(id="x", node_id="b"))
        (stop,) = (await stops(services, run, "b")).values()
        assert (stop.position, stop.reason) == (Position.BEFORE, StopReason.BREAKPOINT)
        assert stop.input["arguments"] == {"name": "b", "value": "a"}
        assert (await at_rest(services, run)).status is RunStatus.PAUSED
        assert (await states_of(services, run))["b", 1].status is NodeStatus.PAUSED
        assert calls.count == {"a": 1}

        await services.debugging.go_on(run.id)
        over = await ended(services, run.id)
        assert over.status is RunStatus.COMPLETED
        assert calls.count == {"a": 1, "b": 1, "c": 1}
        await log_of(services, run)


async def test_a_step_releases_one_node_and_stops_at_the_next(tmp_path: Path) -> None:
    calls = Calls()
    async with service(tmp_path, calls.functions, **LINGER) as services:
        run = await begun(services, FORK, Breakpoint(id="x", node_id="a"))
        await stops(services, run, "a")
        await services.debugging.step(run.id)
        found = await stops(services, run, "left", "right")
        assert {stop.reason for stop in found.values()} == {StopReason.STEP}
        with pytest.raises(SeveralStopsError):
            await services.debugging.step(run.id)

        await services.debugging.step(run.id, Where(node_id="left"))
        await done(services, run, "left")
        await stops(services, run, "right")
        assert calls.count == {"a": 1, "left": 1}

        await services.debugging.step(run.id)
        await stops(services, run, "end")
        await services.debugging.step(run.id)
        assert (await ended(services, run.id)).status is RunStatus.COMPLETED
        assert calls.count == {"a": 1, "left": 1, "right": 1, "end": 1}


BRANCHES: dict[str, Any] = {
    "name": "branches",
    "nodes": [
        {"id": name, "type": "transform", "config": {"expression": "1"}}
        for name in ("a", "left", "further", "right", "beyond", "end")
    ],
    "edges": [
        {"source": a, "target": b}
        for branch in (["a", "left", "further", "end"], ["a", "right", "beyond", "end"])
        for a, b in pairwise(branch)
    ],
}


@pytest.mark.parametrize("linger", [0.0, 60.0])
async def test_a_branch_that_computes_is_stepped_while_another_one_stays(
    tmp_path: Path, linger: float
) -> None:
    async with service(tmp_path, wait_linger_seconds=linger) as services:
        run = await begun(services, BRANCHES, Breakpoint(id="x", node_id="a"))
        await stops(services, run, "a")
        await services.debugging.step(run.id)
        await stops(services, run, "left", "right")
        await services.debugging.step(run.id, Where(node_id="left"))
        await stops(services, run, "further", "right")
        await services.debugging.step(run.id, Where(node_id="further"), Going.CONTINUE)
        await done(services, run, "further")
        await stops(services, run, "right")
        await services.debugging.go_on(run.id)
        assert (await ended(services, run.id)).status is RunStatus.COMPLETED


async def test_branches_are_stepped_in_a_run_that_was_debugged_from_its_middle_on(
    tmp_path: Path,
) -> None:
    reached, opened = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        reached.set()
        await opened.wait()

    first = {"id": "a", "type": "python", "config": {"function": "wait"}}
    document = BRANCHES | {"nodes": [first, *BRANCHES["nodes"][1:]]}
    async with service(tmp_path, {"wait": wait}, **LINGER) as services:
        published = await services.workflows.publish("default", document)
        run = await services.runs.create("default", published.version.workflow_id, {})
        await services.runs.execute(run.id)
        await reached.wait()
        wanted = [Breakpoint(id=name, node_id=name) for name in ("left", "right")]
        await services.breakpoints.replace_all(run.id, wanted)
        opened.set()
        await stops(services, run, "left", "right")
        await services.debugging.step(run.id, Where(node_id="left"))
        await stops(services, run, "further", "right")


async def test_breakpoints_come_and_go_while_a_run_goes_on(tmp_path: Path) -> None:
    gate, calls = asyncio.Event(), Calls()

    async def slow() -> int:
        await gate.wait()
        return 1

    slowly = {"id": "slow", "type": "python", "config": {"function": "slow"}}
    functions = {**calls.functions, "slow": slow}
    async with service(tmp_path, functions) as services:
        published = await services.workflows.publish("default", chain(slowly, "b", "c"))
        run = await services.runs.create("default", published.version.workflow_id, {})
        with pytest.raises(RunNotStartedError):
            await services.debugging.step(run.id)
        await services.runs.execute(run.id)
        after = Breakpoint(id="late", node_id="slow", on=BreakOn.AFTER)
        await services.breakpoints.put(run.id, after)
        await services.breakpoints.put(run.id, Breakpoint(id="gone", node_id="b"))
        await services.breakpoints.remove(run.id, "gone")
        gate.set()
        (stop,) = (await stops(services, run, "slow")).values()
        assert (stop.position, stop.output) == (Position.AFTER, 1)
        await services.debugging.go_on(run.id)
        assert (await ended(services, run.id)).status is RunStatus.COMPLETED


async def test_wrong_breakpoints_are_told_all_at_once(tmp_path: Path) -> None:
    async with service(tmp_path, Calls().functions, **LINGER) as services:
        run = await begun(services, chain("alpha", "b"), Breakpoint(id="x", node_id="alpha"))
        await stops(services, run, "alpha")
        wrong = [
            Breakpoint(id="1", node_id="alpa"),
            Breakpoint(id="2", node_id="b", condition="bb.output > 1"),
            Breakpoint(id="3", on=BreakOn.EDGE),
            Breakpoint(id="3", node_id="b", hits=0),
            Breakpoint(id="4"),
        ]
        with pytest.raises(BreakpointError) as raised:
            await services.breakpoints.replace_all(run.id, wrong)
        found = {(p.pointer, p.code) for p in raised.value.problems}
        assert found == {
            ("/0/node_id", "unknown-node"),
            ("/1/condition", "invalid-expression"),
            ("/2/edge_id", "missing"),
            ("/3/id", "duplicate"),
            ("/3/hits", "too-small"),
            ("/4/node_id", "missing"),
        }
        assert "did you mean 'alpha'?" in raised.value.problems[0].detail


async def test_a_condition_and_a_count_of_hits_decide(tmp_path: Path) -> None:
    calls = Calls()
    loop = {
        "name": "loop",
        "nodes": [{"id": "start", "type": "start"}, node("turn")],
        "edges": [
            {"source": "start", "target": "turn"},
            {"source": "turn", "target": "turn", "condition": "turn.visit < 6"},
        ],
    }
    async with service(tmp_path, calls.functions, **LINGER) as services:
        even = Breakpoint(id="even", node_id="turn", condition="turn.visit % 2 == 0", hits=2)
        run = await begun(services, loop, even)
        (stop,) = (await stops(services, run, "turn")).values()
        assert stop.visit == 4
        await services.debugging.go_on(run.id)
        await at_rest(services, run)
        (stop,) = (await stops(services, run, "turn")).values()
        assert stop.visit == 6
        await services.debugging.go_on(run.id)
        await ended(services, run.id)
        assert calls.count == {"turn": 6}


async def test_a_condition_that_fails_stops_and_says_why(tmp_path: Path) -> None:
    async with service(tmp_path, Calls().functions, **LINGER) as services:
        wrong = Breakpoint(id="x", node_id="b", condition="a.output > 1")
        run = await begun(services, chain("a", "b"), wrong)
        (stop,) = (await stops(services, run, "b")).values()
        assert stop.error is not None
        assert "the condition" in stop.error.message


async def test_an_edge_stops_its_source_when_it_is_taken(tmp_path: Path) -> None:
    document = chain("a", "b")
    document["edges"][0]["id"] = "way"
    async with service(tmp_path, Calls().functions, **LINGER) as services:
        run = await begun(services, document, Breakpoint(id="x", on=BreakOn.EDGE, edge_id="way"))
        (stop,) = (await stops(services, run, "a")).values()
        assert (stop.position, stop.edge_id, stop.output) == (Position.AFTER, "way", "a")


async def test_what_has_failed_is_tried_again_with_another_input(tmp_path: Path) -> None:
    calls = Calls()
    calls.fails = 2
    shaky = {"id": "shaky", "type": "python", "config": {"function": "shaky"}}
    async with service(tmp_path, calls.functions, **LINGER) as services:
        run = await begun(services, chain(shaky, "b"), Breakpoint(id="x", on=BreakOn.ERROR))
        (stop,) = (await stops(services, run, "shaky")).values()
        assert stop.error is not None
        assert "not yet" in stop.error.message
        await at_rest(services, run)
        await services.debugging.step(run.id, again=True)
        await at_rest(services, run)
        (stop,) = (await stops(services, run, "shaky")).values()
        assert stop.attempt == 2

        given = {"function": "work", "arguments": {"name": "shaky"}}
        with pytest.raises(EditError):
            await services.debugging.edit(run.id, None, Given(changes={Target.INPUT: [1]}))
        await services.debugging.edit(run.id, None, Given(changes={Target.INPUT: given}))
        await services.debugging.go_on(run.id)
        over = await ended(services, run.id)
        assert over.status is RunStatus.COMPLETED
        assert (await states_of(services, run))["shaky", 1].output == "shaky"
        assert calls.count == {"shaky": 3, "b": 1}


async def test_what_has_failed_may_go_on_with_an_output(tmp_path: Path) -> None:
    calls = Calls()
    calls.fails = 1
    shaky = {"id": "shaky", "type": "python", "config": {"function": "shaky"}}
    async with service(tmp_path, calls.functions, **LINGER) as services:
        run = await begun(services, chain(shaky, "b"), Breakpoint(id="x", on=BreakOn.ERROR))
        await stops(services, run, "shaky")
        await services.debugging.skip(run.id, None, {"mended": True}, Going.CONTINUE)
        over = await ended(services, run.id)
        assert over.status is RunStatus.COMPLETED
        assert (await states_of(services, run))["shaky", 1].output == {"mended": True}
        assert calls.count == {"shaky": 1, "b": 1}


async def test_input_output_and_variables_are_edited_where_a_node_has_stopped(
    tmp_path: Path,
) -> None:
    calls = Calls()
    document = chain(
        "a",
        node("b", arguments={"value": "{{ vars.seen }}"}),
        node("c", arguments={"value": "{{ b.output }} {{ vars.seen }}"}),
        variables={"seen": {"reducer": "append", "default": []}},
    )
    async with service(tmp_path, calls.functions, **LINGER) as services:
        both = [
            Breakpoint(id=f"b{on}", node_id="b", on=on) for on in (BreakOn.BEFORE, BreakOn.AFTER)
        ]
        run = await begun(services, document, *both)
        await stops(services, run, "b")
        with pytest.raises(EditError):
            await services.debugging.edit(run.id, None, Given(variables={"unknown": 1}))
        await services.debugging.edit(run.id, None, Given(variables={"seen": ["x"]}))
        await services.debugging.go_on(run.id)
        await at_rest(services, run)
        (stop,) = (await stops(services, run, "b")).values()
        assert (stop.position, stop.output) == (Position.AFTER, ["x"])
        given = Given(changes={Target.OUTPUT: "edited"}, variables={"seen": ["y"]})
        with pytest.raises(EditError):
            await services.debugging.edit(run.id, None, Given(changes={Target.INPUT: {}}))
        await services.debugging.edit(run.id, None, given)
        await services.debugging.go_on(run.id)
        over = await ended(services, run.id)
        assert over.variables == {"seen": ["y"]}
        assert calls.given[1:] == [["x"], 'edited ["y"]']
        assert calls.count == {"a": 1, "b": 1, "c": 1}
        edits = [event for event in await log_of(services, run) if isinstance(event, StateEdited)]
        assert [edit.target for edit in edits] == ["variable", "output", "variable"]


async def test_a_condition_node_is_sent_the_other_way(tmp_path: Path) -> None:
    calls = Calls()
    document = {
        "name": "choice",
        "nodes": [
            {"id": "if", "type": "condition", "config": {"expression": "1 > 0"}},
            node("yes"),
            node("no"),
        ],
        "edges": [
            {"source": "if", "target": "yes", "sourceHandle": "true"},
            {"source": "if", "target": "no", "sourceHandle": "false"},
        ],
    }
    async with service(tmp_path, calls.functions, **LINGER) as services:
        run = await begun(services, document, Breakpoint(id="x", node_id="if"))
        await stops(services, run, "if")
        await services.debugging.skip(run.id, None, {"route": "false"}, Going.CONTINUE)
        await ended(services, run.id)
        assert calls.count == {"no": 1}


async def test_a_way_that_does_not_exist_is_not_tried_for_ever(tmp_path: Path) -> None:
    calls = Calls()
    document = {
        "name": "choosing",
        "nodes": [
            {"id": "if", "type": "condition", "config": {"expression": "1 / 0 > 0"}},
            node("yes"),
        ],
        "edges": [{"source": "if", "target": "yes", "sourceHandle": "true"}],
    }
    async with service(tmp_path, calls.functions, **LINGER) as services:
        run = await begun(services, document, Breakpoint(id="x", on=BreakOn.ERROR))
        await stops(services, run, "if")
        await services.debugging.skip(run.id, None, {"route": "typo"}, Going.CONTINUE)
        await stops(services, run, "if")
        await services.debugging.skip(run.id, None, {"route": "true"}, Going.CONTINUE)
        assert (await ended(services, run.id)).status is RunStatus.COMPLETED
    assert calls.count == {"yes": 1}


async def test_a_run_to_a_node_stops_there_once(tmp_path: Path) -> None:
    async with service(tmp_path, Calls().functions, **LINGER) as services:
        run = await begun(services, chain("a", "b", "c"), Breakpoint(id="x", node_id="a"))
        await stops(services, run, "a")
        with pytest.raises(BreakpointError):
            await services.debugging.run_to(run.id, "cc")
        await services.debugging.run_to(run.id, "c")
        (stop,) = (await stops(services, run, "c")).values()
        assert stop.reason is StopReason.RUN_TO
        await services.debugging.go_on(run.id)
        assert (await ended(services, run.id)).status is RunStatus.COMPLETED


async def test_a_pinned_node_does_no_work_and_says_so(tmp_path: Path) -> None:
    calls = Calls()
    async with service(tmp_path, calls.functions, **LINGER) as services:
        pin = Pinned(node_id="b", output={"from": "before"})
        run = await begun(services, chain("a", "b", "c"), pins=(pin,))
        over = await ended(services, run.id)
        assert over.status is RunStatus.COMPLETED
        assert calls.count == {"a": 1, "c": 1}
        assert (await states_of(services, run))["b", 1].output == {"from": "before"}
        (edit,) = [e for e in await log_of(services, run) if isinstance(e, StateEdited)]
        assert edit.pinned


async def test_inside_of_containers_one_steps_in_over_and_out(tmp_path: Path) -> None:
    calls = Calls()
    loop = {"id": "loop", "type": "foreach", "config": {"items": "[1, 2]", "mode": "sequential"}}
    document = chain("a", loop, node("one", parent="loop"), node("two", parent="loop"), "end")
    document["edges"].append({"source": "one", "target": "two"})
    async with service(tmp_path, calls.functions, **LINGER) as services:
        run = await begun(services, document, Breakpoint(id="x", node_id="loop"))
        await stops(services, run, "loop")
        await services.debugging.step(run.id, going=Going.INTO)
        (stop,) = (await stops(services, run, "one")).values()
        assert stop.path == "loop[0]"
        await services.debugging.step(run.id)
        await stops(services, run, "two")
        await services.debugging.step(run.id)
        await at_rest(services, run)
        (stop,) = (await stops(services, run, "one")).values()
        assert stop.path == "loop[1]"
        await services.debugging.step_out(run.id)
        await stops(services, run, "end")
        assert calls.count == {"a": 1, "one": 2, "two": 2}

        again = await begun(services, document, Breakpoint(id="x", node_id="loop"))
        await stops(services, again, "loop")
        await services.debugging.step(again.id)
        await stops(services, again, "end")


async def test_a_run_that_stops_everywhere_steps_over_and_out_of_containers(tmp_path: Path) -> None:
    calls = Calls()
    loop = {"id": "loop", "type": "foreach", "config": {"items": "[1, 2]", "mode": "sequential"}}
    document = chain("a", loop, node("one", parent="loop"), node("two", parent="loop"), "end")
    document["edges"].append({"source": "one", "target": "two"})
    async with service(tmp_path, calls.functions, **LINGER) as services:
        run = await begun(services, document, is_stepping=True)
        await stops(services, run, "a")
        await services.debugging.step(run.id)
        await stops(services, run, "loop")
        await services.debugging.step(run.id)
        await at_rest(services, run)
        await stops(services, run, "end")
        assert calls.count == {"a": 1, "one": 2, "two": 2}

        again = await begun(services, document, is_stepping=True)
        await stops(services, again, "a")
        await services.debugging.step(again.id)
        await stops(services, again, "loop")
        await services.debugging.step(again.id, going=Going.INTO)
        await stops(services, again, "one")
        await services.debugging.step_out(again.id)
        await at_rest(services, again)
        await stops(services, again, "end")


async def test_in_a_paused_run_one_node_steps_and_the_others_stay(tmp_path: Path) -> None:
    calls = Calls()
    async with service(tmp_path, calls.functions, **LINGER) as services:
        published = await services.workflows.publish("default", FORK)
        run = await services.runs.create("default", published.version.workflow_id, {})
        await services.runs.pause(run.id)
        await services.debugging.step(run.id)
        await stops(services, run, "a")
        await services.debugging.step(run.id)
        await stops(services, run, "left", "right")
        await services.debugging.step(run.id, Where(node_id="right"))
        await done(services, run, "right")
        await stops(services, run, "left")
        await services.runs.resume(run.id)
        assert (await ended(services, run.id)).status is RunStatus.COMPLETED
        assert calls.count == {"a": 1, "left": 1, "right": 1, "end": 1}


async def test_nothing_goes_on_that_has_not_stopped(tmp_path: Path) -> None:
    async with service(tmp_path, Calls().functions, **LINGER) as services:
        run = await begun(services, chain("a", "b"), Breakpoint(id="x", node_id="b"))
        await stops(services, run, "b")
        with pytest.raises(NotStoppedError, match="visit 1 of 'b'"):
            await services.debugging.step(run.id, Where(node_id="a"))
        await services.runs.cancel(run.id, "enough")
        over = await ended(services, run.id)
        assert over.status is RunStatus.CANCELLED
        assert (await states_of(services, run))["b", 1].status is NodeStatus.CANCELLED


async def test_what_is_asked_while_a_run_is_being_given_up_is_not_lost(tmp_path: Path) -> None:
    """Each step comes as soon as its stop is seen: often just when the run is given up."""
    calls = Calls()
    async with service(tmp_path, calls.functions, **LINGER) as services:

        async def step_by_step() -> None:
            run = await begun(services, chain("a", "b", "c", "d"), is_stepping=True)
            for name in ("a", "b", "c", "d"):
                await stops(services, run, name)
                await services.debugging.step(run.id)
            assert (await ended(services, run.id)).status is RunStatus.COMPLETED

        async with asyncio.TaskGroup() as tasks:
            for _ in range(8):
                tasks.create_task(step_by_step())
    assert set(calls.count.values()) == {8}
