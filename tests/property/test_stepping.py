"""A run that is stepped through comes to what it would have come to, whatever stopped where."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import pytest

from services.bootstrap import Services
from services.domain.debug.commands import Where
from services.domain.events.stops import BreakOn, Breakpoint, DebugWish, Going, NodePaused
from services.domain.events.vocabulary import NodeCancelled, NodeCompleted, NodeFailed, NodeStarted
from services.domain.runs import Run
from services.errors import NotStoppedError, RunIsOverError
from services.usecases.accepting import Background
from tests.property.definitions import Document, draw
from tests.property.nested import draw_nested
from tests.support.service import completed, created, log_of, service

STEPS = 40
"""After so many commands all goes on: what matters has been seen by then."""


async def stepped(services: Services, document: Document, rng: Random) -> Run:
    """A run of which every visit stops, before its work and some of them after, until its end."""
    published = await services.workflows.publish("default", document)
    nodes = [node["id"] for node in document["nodes"] if rng.random() < 0.3]
    after = [Breakpoint(id=name, node_id=name, on=BreakOn.AFTER) for name in nodes]
    wish = DebugWish(
        breakpoints=(*after, Breakpoint(id="any error", on=BreakOn.ERROR)), is_stepping=True
    )
    run = await services.runs.create(
        "default", published.version.workflow_id, {}, background=Background(debug=wish)
    )
    async with services.runs.watch(run.id) as frames:
        await services.runs.execute(run.id)
        commands = 0
        async for frame in frames:
            if frame.type == NodePaused.type:
                commands += 1
                await let_one_go(services, run, rng, is_last=commands == STEPS)
    return await services.runs.get(run.id)


async def let_one_go(services: Services, run: Run, rng: Random, *, is_last: bool) -> None:
    """Release one of the visits that have stopped; there are as many commands as stops."""
    with suppress(NotStoppedError, RunIsOverError):  # what ran beside it may have ended the run
        if is_last:
            await services.breakpoints.replace_all(run.id, ())
        found = await services.debugging.get(run.id)
        if is_last or not found.stopped:
            await services.debugging.go_on(run.id)
            return
        place = rng.choice(found.stopped).stop.place
        where = Where(node_id=place.node_id, path=place.path, visit=place.visit)
        await services.debugging.step(run.id, where, rng.choice([Going.OVER, Going.INTO]))


async def what_came_of(services: Services, run: Run) -> Any:
    """The status of a run, its output and what its visits came to; None where these are a race.

    A visit that fails, and one that returns from the whole run, stops whatever has not come by
    then: what that is depends on who was let go on first.
    """
    log = await log_of(services, run)
    over = await services.runs.get(run.id)
    if any(isinstance(event, NodeFailed | NodeCancelled) for event in log) or returned(log):
        return None
    visits = {
        (event.node_id, event.path, event.visit): event.output
        for event in log
        if isinstance(event, NodeCompleted)
    }
    return over.status, over.output, visits


def returned(log: list[Any]) -> bool:
    """Whether one of its nodes ended a run."""
    return any(isinstance(event, NodeCompleted) and event.returned for event in log)


def starts(log: list[Any]) -> list[tuple[str, str, int, int]]:
    """The attempts that began, each as often as it did."""
    begun = (event for event in log if isinstance(event, NodeStarted))
    return sorted((e.node_id, e.path, e.visit, e.attempt) for e in begun)


async def comes_to_the_same(folder: Path, document: Document, seed: int, linger: float) -> None:
    async with service(folder, wait_linger_seconds=linger) as services:
        plain = await created(services, document)
        await completed(services, plain)
        run = await stepped(services, document, Random(seed))
        expected, found = await what_came_of(services, plain), await what_came_of(services, run)
        assert None in (expected, found) or expected == found
        log = await log_of(services, run)
        attempts = starts(log)
        assert len(attempts) == len(set(attempts)), "nothing is done twice"


@pytest.mark.parametrize("seed", range(3))
async def test_a_run_that_is_stepped_through_comes_to_the_same(tmp_path: Path, seed: int) -> None:
    await comes_to_the_same(tmp_path, draw(Random(seed), largest=8).document, seed, linger=1.0)


@pytest.mark.parametrize("seed", range(100, 103))
async def test_a_nested_run_that_rests_at_each_stop_comes_to_the_same(
    tmp_path: Path, seed: int
) -> None:
    await comes_to_the_same(tmp_path, draw_nested(Random(seed)).document, seed, linger=0.0)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1_000, 1_100))
async def test_a_run_that_is_stepped_through_comes_to_the_same_in_a_storm(
    tmp_path: Path, seed: int
) -> None:
    document = draw_nested(Random(seed)).document
    await comes_to_the_same(tmp_path, document, seed, linger=seed % 2 * 0.05)
