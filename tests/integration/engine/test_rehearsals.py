"""Runs as regression tests: what touched the world is pinned, the rest is worked out anew."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from services.bootstrap import Services
from services.domain.debug.recording import Recording
from services.domain.runs import RunStatus
from services.domain.threads import Joining
from services.errors import NotRecordableError
from services.usecases.rehearsals import Rehearsed, rehearse
from tests.support.service import completed, created, run_of, service
from workflow_compiler import Registry, default_registry

Document = dict[str, Any]

ORDERS: Document = {
    "name": "orders",
    "variables": {"charged": {"reducer": "append"}},
    "nodes": [
        {"id": "each", "type": "foreach", "config": {"items": "input.orders"}},
        {
            "id": "charge",
            "type": "python",
            "parent": "each",
            "config": {"function": "charge", "arguments": {"order": "{{ item }}"}},
            "retry": {"max_attempts": 2, "initial_interval_seconds": 0.001},
        },
        {"id": "sorry", "type": "template", "parent": "each", "config": {"template": "sorry"}},
        {
            "id": "note",
            "type": "set",
            "parent": "each",
            "config": {"values": {"charged": "charge.output"}},
        },
        {"id": "sum", "type": "transform", "config": {"expression": "sum(vars.charged)"}},
        {"id": "many", "type": "template", "config": {"template": "many"}},
        {"id": "few", "type": "template", "config": {"template": "few"}},
    ],
    "edges": [
        {"source": "charge", "target": "note"},
        {"source": "charge", "target": "sorry", "on": "error"},
        {"source": "each", "target": "sum"},
        {"source": "sum", "target": "many", "condition": "sum.output > 3"},
        {"source": "sum", "target": "few", "default": True},
    ],
}


class Till:
    """Charges orders: the first try of an odd one fails, and order 13 never succeeds."""

    def __init__(self) -> None:
        self.calls: list[int] = []

    async def charge(self, order: int) -> int:
        self.calls.append(order)
        if order == 13 or (order % 2 and self.calls.count(order) == 1):
            raise ConnectionError(f"no till for {order}")
        return order


@pytest.fixture
def till() -> Till:
    return Till()


@pytest.fixture
async def services(tmp_path: Path, till: Till) -> AsyncIterator[Services]:
    async with service(tmp_path, {"charge": till.charge}) as opened:
        yield opened


def registry(function: Callable[..., Any]) -> Registry:
    return default_registry({"charge": function})


async def replayed(recording: Recording, till: Till, **changed: Any) -> Rehearsed:
    """A recording, as it comes back from a file, played with a changed definition."""
    text = recording.model_dump_json(exclude_unset=True)
    again = Recording.model_validate_json(text)
    assert isinstance(again.definition, dict)
    definition = again.definition | changed
    return await rehearse(again, definition, registry(till.charge))


async def test_what_touched_the_world_is_not_done_again(services: Services, till: Till):
    run = await run_of(services, ORDERS, {"orders": [2, 3, 13]})
    assert run.status is RunStatus.COMPLETED
    recorded = await services.rehearsals.record(run.id)
    assert recorded.left_out == ()
    calls = list(till.calls)

    played = await replayed(recorded.recording, till)

    assert played.mismatches == ()
    assert till.calls == calls
    failures = {
        key: [failure.error.message for failure in visited.failures]
        for key, visited in played.chronicle.visits.items()
        if visited.failures
    }
    assert failures == {
        ("charge", "each[1]", 1): ["ConnectionError: no till for 3"],
        ("charge", "each[2]", 1): ["ConnectionError: no till for 13"] * 2,
    }


async def test_a_change_of_what_is_computed_is_found(services: Services, till: Till):
    run = await run_of(services, ORDERS, {"orders": [2, 4]})
    recording = (await services.rehearsals.record(run.id)).recording
    nodes = [
        node | {"config": {"expression": "0"}} if node["id"] == "sum" else node
        for node in ORDERS["nodes"]
    ]
    played = await replayed(recording, till, nodes=nodes)
    assert [wrong.place for wrong in played.mismatches] == [
        "output/many",
        "output/few",
        "edge sum->many:sum.output > 3",
        "edge sum->few:default",
        "sum #1 output",
        "many #1",
    ]


async def test_a_visit_that_was_not_recorded_fails_and_says_so(services: Services, till: Till):
    run = await run_of(services, ORDERS, {"orders": [2]})
    recording = (await services.rehearsals.record(run.id)).recording
    calls = list(till.calls)
    played = await replayed(recording.model_copy(update={"input": {"orders": [2, 4]}}), till)
    error = played.chronicle.visits["charge", "each[1]", 1].state.error
    assert error is not None
    assert "nothing is recorded of each[1].charge #1" in error.message
    assert till.calls == calls


async def test_a_node_without_pins_does_its_work(services: Services, till: Till):
    run = await run_of(services, ORDERS, {"orders": [2]})
    recording = (await services.rehearsals.record(run.id)).recording
    calls = list(till.calls)
    played = await replayed(recording.model_copy(update={"pins": {}}), till)
    assert played.mismatches == ()
    assert till.calls == [*calls, 2]


async def test_a_failed_run_fails_again_as_it_did(services: Services, till: Till):
    edges = [edge for edge in ORDERS["edges"] if "on" not in edge]
    nodes = [node for node in ORDERS["nodes"] if node["id"] != "sorry"]
    run = await run_of(services, ORDERS | {"edges": edges, "nodes": nodes}, {"orders": [2, 13]})
    assert run.status is RunStatus.FAILED
    recorded = await services.rehearsals.record(run.id)
    assert recorded.left_out == ()
    assert recorded.recording.expect.error is not None
    assert (await replayed(recorded.recording, till)).mismatches == ()


async def test_people_and_signals_are_pinned_too(services: Services, till: Till):
    asking = {
        "name": "asking",
        "nodes": [
            {"id": "ask", "type": "human", "config": {"prompt": "Well?"}},
            {"id": "nap", "type": "timer", "config": {"seconds": 0.01}},
            {"id": "said", "type": "template", "config": {"template": "{{ ask.output.said }}"}},
        ],
        "edges": [{"source": "ask", "target": "nap"}, {"source": "nap", "target": "said"}],
    }
    run = await created(services, asking)
    async with services.runs.watch(run.id) as frames:
        await services.runs.execute(run.id)
        async for frame in frames:
            if frame.type == "task.created":
                (task,) = (await services.waits.tasks("default", run_id=run.id)).items
                await services.waits.complete("default", task.id, {"said": "yes"}, "ada")
    recording = (await services.rehearsals.record(run.id)).recording
    assert recording.pins["ask"][0].output == {"said": "yes"}
    played = await replayed(recording, till)
    assert played.mismatches == ()
    assert played.chronicle.run.output == {"said": {"text": "yes"}}


async def test_only_a_run_with_an_end_becomes_a_test(services: Services):
    run = await created(services, ORDERS, {"orders": []})
    with pytest.raises(NotRecordableError):
        await services.rehearsals.record(run.id)


async def test_a_run_on_a_thread_begins_with_what_the_one_before_it_left(
    services: Services, till: Till
):
    first = await run_of(services, ORDERS, {"orders": [2]})
    joining = Joining(thread_id=first.thread_id)
    run = await services.runs.join("default", joining, first.workflow_id, {"orders": [4]})
    await completed(services, run)
    assert (await services.looks.state(run.id)).moment.variables == {"charged": [2, 4]}
    recorded = await services.rehearsals.record(run.id)
    assert recorded.recording.variables == {"charged": [2]}
    assert (await replayed(recorded.recording, till)).mismatches == ()
