"""Random workflows, executed by the whole service: what is stored is what the log tells."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.bootstrap import Services
from services.domain.events.frames import from_stored
from services.domain.events.runs import RunCancelled
from services.domain.projection import fold
from services.domain.runs import Run
from services.domain.visits import NodeState, NodeStatus
from services.errors import RunIsOverError
from tests.property.definitions import Drawn, draw
from tests.support.service import as_accepted, completed, created, service

SETTLED = {NodeStatus.COMPLETED, NodeStatus.FAILED, NodeStatus.SKIPPED, NodeStatus.CANCELLED}


def drawn_workflows() -> st.SearchStrategy[Drawn]:
    return st.integers(0, 2**32).map(lambda seed: draw(Random(seed), largest=8))


async def execute(services: Services, run: Run, drawn: Drawn, seen_first: int | None) -> None:
    """Execute a run; somebody may cancel it when so many of its events were shown."""
    if seen_first is None:
        events = await completed(services, run)
    else:
        events = await cancelled(services, run, seen_first)

    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    await check(services, run, drawn)


async def cancelled(services: Services, run: Run, seen_first: int) -> list[dict[str, object]]:
    events: list[dict[str, object]] = []
    async with services.runs.watch(run.id) as frames:
        await services.runs.execute(run.id)
        async for frame in frames:
            events.append({"seq": frame.seq, "type": frame.type})
            if frame.seq == seen_first:
                try:
                    await services.runs.cancel(run.id, "enough")
                except RunIsOverError:
                    continue
    return events


async def check(services: Services, seed: Run, drawn: Drawn) -> None:
    told = [from_stored(entry) async for entry in services.log.all(seed.id)]
    run, states = fold(as_accepted(seed), told)
    stored = {state.key: state async for state in all_visits(services, seed.id)}
    visited = {
        key: state for key, state in stored.items() if state.status is not NodeStatus.PENDING
    }

    assert await services.runs.get(seed.id) == run
    assert run.is_over
    assert visited == states
    assert all(state.status in SETTLED for state in states.values())
    assert {node_id for node_id, _, _ in stored} == {vertex.id for vertex in drawn.vertices}
    if run.error is None and not isinstance(told[-1], RunCancelled):
        assert len(visited) == len(stored)


async def all_visits(services: Services, run_id: str) -> AsyncIterator[NodeState]:
    """The visits of a run, also of one that went round until its limit of steps."""
    cursor = None
    while True:
        page = await services.runs.nodes(run_id, cursor=cursor)
        for state in page.items:
            yield state
        if (cursor := page.next_cursor) is None:
            return


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(drawn_workflows(), st.none() | st.integers(1, 12)), min_size=1, max_size=5)
)
def test_rows_are_the_fold_of_what_sessions_record(
    tmp_path_factory: pytest.TempPathFactory, lot: list[tuple[Drawn, int | None]]
):
    async def live(folder: Path) -> None:
        async with service(folder) as services:
            runs = [await created(services, drawn.document) for drawn, _ in lot]
            async with asyncio.TaskGroup() as tasks:
                for run, (drawn, after) in zip(runs, lot, strict=True):
                    tasks.create_task(execute(services, run, drawn, after))

    asyncio.run(live(tmp_path_factory.mktemp("sessions")))
