"""When a run counts as one that only waits."""

from __future__ import annotations

import asyncio

import pytest

from services.engine.activity import QUIET_TURNS, Activity
from services.engine.gate import Gate

WAITS, COMES = ("wait", "", 1), ("come", "", 1)


async def quiet() -> None:
    """More turns of the loop than it takes to be sure that nothing happens."""
    for _ in range(2 * QUIET_TURNS):
        await asyncio.sleep(0)


@pytest.fixture
def rests() -> list[None]:
    return []


@pytest.fixture
def activity(rests: list[None]) -> Activity:
    return Activity(0.0, lambda: rests.append(None))


async def test_a_run_rests_when_all_that_has_begun_waits(
    activity: Activity, rests: list[None]
) -> None:
    activity.began(WAITS)
    await quiet()
    assert not rests
    activity.waits(WAITS)
    await quiet()
    assert rests


async def test_it_does_not_while_a_visit_is_kept_from_its_beginning(
    activity: Activity, rests: list[None]
) -> None:
    """The log may be slow: that a visit waits for room in it does not mean that none will come."""
    has_room = asyncio.Event()

    async def room() -> None:
        await has_room.wait()

    gate = Gate(activity, room)
    activity.stops(WAITS)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(gate.enter(COMES))
        await quiet()
        assert not rests
        has_room.set()
    activity.began(COMES)
    await quiet()
    assert not rests
    activity.ended(COMES)
    await quiet()
    assert rests
