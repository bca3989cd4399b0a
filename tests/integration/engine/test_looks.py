"""Runs that the service executed, looked at afterwards: at any moment, and beside each other."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from services.bootstrap import Services
from services.domain.debug.comparing import Aspect, Fate
from services.domain.runs import RunStatus
from services.domain.visits import NodeStatus
from services.errors import CursorError, RunNotFoundError
from tests.support.service import created, run_of, service

Document = dict[str, Any]

LOOP: Document = {
    "name": "loop",
    "variables": {"seen": {"reducer": "append"}, "calm": {"default": 1}},
    "nodes": [
        {"id": "loop", "type": "foreach", "config": {"items": "input.items"}},
        {
            "id": "call",
            "type": "python",
            "parent": "loop",
            "config": {"function": "flaky", "arguments": {"item": "{{ item }}"}},
            "retry": {"max_attempts": 3, "initial_interval_seconds": 0.001},
        },
        {"id": "note", "type": "set", "parent": "loop", "config": {"values": {"seen": "item"}}},
        {"id": "done", "type": "transform", "config": {"expression": "vars.seen"}},
    ],
    "edges": [{"source": "call", "target": "note"}, {"source": "loop", "target": "done"}],
}

ASKING: Document = {
    "name": "asking",
    "nodes": [
        {"id": "begin", "type": "start"},
        {"id": "ask", "type": "human", "config": {"prompt": "Well?"}},
        {"id": "quick", "type": "transform", "config": {"expression": "1"}},
        {"id": "both", "type": "transform", "config": {"expression": "ask.output"}},
    ],
    "edges": [
        {"source": "begin", "target": "ask"},
        {"source": "begin", "target": "quick"},
        {"source": "ask", "target": "both"},
        {"source": "quick", "target": "both"},
    ],
}


@pytest.fixture
async def services(tmp_path: Path) -> AsyncIterator[Services]:
    tries: dict[str, int] = {}

    async def flaky(item: str) -> str:
        tries[item] = tries.get(item, 0) + 1
        if tries[item] == 1 and item.startswith("bad"):
            raise ConnectionError("nobody there")
        return item.upper()

    async with service(tmp_path, {"flaky": flaky}) as opened:
        yield opened


async def test_every_moment_of_a_run_can_be_seen(services: Services):
    run = await run_of(services, LOOP, {"items": ["a", "bad"]})
    last = await services.looks.state(run.id)
    assert last.moment.run == await services.runs.get(run.id)
    assert last.moment.variables == {"seen": ["a", "bad"], "calm": 1}
    assert last.head_seq == last.moment.seq
    rows = {state.key: state for state in (await services.runs.nodes(run.id)).items}
    assert {one.state.key: one.state for one in last.nodes.items} == rows
    retried = next(one for one in last.nodes.items if one.state.path == "loop[1]" and one.failures)
    assert [failure.error.message for failure in retried.failures] == [
        "ConnectionError: nobody there"
    ]
    assert retried.failures[0].delay_seconds is not None


async def test_in_the_middle_a_body_is_open_and_what_it_wrote_is_not_yet_handed_on(
    services: Services,
):
    run = await run_of(services, LOOP, {"items": ["a"]})
    events = await services.log.after(run.id, 0)
    noted = next(e.seq for e in events if e.type == "node.completed" and e.node_id == "note")
    moment = (await services.looks.state(run.id, noted)).moment
    assert moment.variables == {"seen": None, "calm": 1}
    assert moment.run.status is RunStatus.RUNNING
    before = (await services.looks.state(run.id, (noted or 1) - 1)).moment
    assert [(body.path, body.node_id) for body in before.bodies] == [("loop[0]", "loop")]


async def test_a_live_run_says_who_waits_for_what(services: Services):
    run = await created(services, ASKING)
    async with services.runs.watch(run.id) as frames:
        await services.runs.execute(run.id)
        async for frame in frames:
            if frame.type == "run.waiting":
                break
    moment = (await services.looks.state(run.id)).moment
    assert [(token.source, token.target) for token in moment.tokens] == [("quick", "both")]
    (join,) = moment.joins
    assert (join.node_id, [token.source for token in join.awaits]) == ("both", ["ask"])
    first = moment.nodes[0]
    assert (first.state.node_id, first.state.status) == ("ask", NodeStatus.WAITING)
    assert first.wait is not None
    assert first.wait.task_id is not None


async def test_nodes_come_in_pages_of_one_moment(services: Services):
    run = await run_of(services, LOOP, {"items": ["a", "b", "c"]})
    found, cursor = [], None
    while True:
        look = await services.looks.state(run.id, cursor=cursor, limit=2)
        found += [one.state.key for one in look.nodes.items]
        if (cursor := look.nodes.next_cursor) is None:
            break
    assert found == [one.state.key for one in look.moment.nodes]
    with pytest.raises(CursorError):
        await services.looks.state(run.id, cursor="nonsense")


async def test_a_run_that_is_none_has_no_state(services: Services):
    with pytest.raises(RunNotFoundError):
        await services.looks.state("nothing")


async def test_two_runs_are_aligned_by_node_path_and_visit(services: Services):
    one = await run_of(services, LOOP, {"items": ["a", "b"]})
    other = await run_of(services, LOOP, {"items": ["a", "bad", "c"]})
    found = await services.looks.compare(one.id, other.id)
    fates = {visit.key: visit.fate for visit in found.visits}
    assert fates["call", "loop[0]", 1] is Fate.SAME
    assert fates["call", "loop[1]", 1] is Fate.CHANGED
    assert fates["call", "loop[2]", 1] is Fate.ONLY_B
    changed = next(visit for visit in found.visits if visit.key == ("call", "loop[1]", 1))
    assert set(changed.aspects) == {Aspect.INPUT, Aspect.OUTPUT, Aspect.ATTEMPTS}
    assert [item.pointer for item in changed.output.items] == [""]
    assert {(edge.edge_id, edge.times_a, edge.times_b) for edge in found.edges} == {
        ("call->note", 2, 3)
    }
    fate_of = {node.node_id: node.fate for node in found.nodes}
    assert fate_of["done"] is Fate.CHANGED


async def test_runs_of_different_versions_are_compared_too(services: Services):
    one = await run_of(services, LOOP, {"items": []})
    nodes = [*LOOP["nodes"][:-1], {"id": "end", "type": "transform", "config": {"expression": "7"}}]
    edges = [LOOP["edges"][0], {"source": "loop", "target": "end"}]
    other = await run_of(services, LOOP | {"nodes": nodes, "edges": edges}, {"items": []})
    found = await services.looks.compare(one.id, other.id)
    assert {n.node_id: (n.fate, n.is_redefined) for n in found.nodes} == {
        "loop": (Fate.CHANGED, False),
        "call": (Fate.SAME, False),
        "note": (Fate.SAME, False),
        "done": (Fate.ONLY_A, True),
        "end": (Fate.ONLY_B, True),
    }


async def test_a_run_is_no_different_from_itself(services: Services):
    run = await run_of(services, LOOP, {"items": ["a", "bad"]})
    found = await services.looks.compare(run.id, run.id)
    assert not found.edges
    assert {visit.fate for visit in found.visits} == {Fate.SAME}
