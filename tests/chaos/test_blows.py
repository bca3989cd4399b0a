"""One blow at a time, so that what it must do or not do can be said exactly."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select

from services.domain.events.runs import Resumption
from services.domain.runs import TERMINAL
from services.store.tables import workflow_runs
from tests.chaos.crew import Worker, crew_of
from tests.chaos.driver import Driver, driver_of
from tests.chaos.invariants import Result
from tests.chaos.judge import Verdict, judge
from tests.chaos.places import OpenPlace, Place
from tests.chaos.storm import Tale
from tests.chaos.worker import Job
from tests.chaos.workload import effects_in
from tests.support.stores import Store, open_store
from workflow_compiler.ports import SystemClock

pytestmark = pytest.mark.timeout(180)

LEASE_SECONDS = 1.5

SHAPES = ("chain", "fan", "loop", "each") * 3

Results = Mapping[tuple[str, int], Result]


async def test_after_a_kill_others_go_on(
    open_place: OpenPlace, tmp_path: Path, results: Results
) -> None:
    """The time is that of the database: what the clocks of workers say changes nothing."""
    async with open_place(2) as place:
        jobs = [replace(_job(place, tmp_path, n), has_wild_clock=True) for n in range(2)]
        async with _at_work(place, jobs, [*SHAPES, "timed", "unheard"]) as scene:
            await scene.busy.kill()
            await _all_through(scene.driver)
        verdict = await _judged(place, tmp_path, scene, results)

    assert not verdict.broken, verdict
    assert verdict.resumptions[Resumption.LOST]


async def test_who_wakes_up_too_late_writes_nothing(
    open_place: OpenPlace, tmp_path: Path, results: Results
) -> None:
    """That it would write without the fence, and be seen, is shown by the tests of leases."""
    verdict = await _after_a_standstill(open_place, tmp_path, results)

    assert not verdict.broken, verdict
    assert verdict.resumptions[Resumption.LOST]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Workers that are at work; `busy` is in the middle of many runs."""

    driver: Driver
    store: Store
    busy: Worker


async def _after_a_standstill(open_place: OpenPlace, folder: Path, results: Results) -> Verdict:
    """A worker stands still until others have its runs, and goes on as if nothing had been."""
    async with open_place(2) as place:
        jobs = [_job(place, folder, n) for n in range(2)]
        async with _at_work(place, jobs, SHAPES) as scene:
            async with asyncio.timeout(40):
                await _lose_all(scene)
            await _all_through(scene.driver)
        return await _judged(place, folder, scene, results)


def _job(place: Place, folder: Path, number: int) -> Job:
    """Nodes take so long that most runs are in the middle of one at any moment."""
    return Job(
        database_url=place.url_of(number),
        folder=folder,
        lease_seconds=LEASE_SECONDS,
        pace_seconds=0.4,
        sleeps_unnoticed=True,
    )


@asynccontextmanager
async def _at_work(
    place: Place, jobs: Sequence[Job], shapes: Sequence[str]
) -> AsyncIterator[Scene]:
    """Workers that have begun with runs of these workflows."""
    async with (
        crew_of(*jobs) as crew,
        driver_of(place.url, Random(0), Tale(SystemClock())) as driver,
        open_store(place.url) as store,
    ):
        for shape in shapes:
            await driver.post(shape)
        busy = await _busy(jobs[0].folder, crew, len(shapes) // 2)
        yield Scene(driver=driver, store=store, busy=busy)


async def _busy(folder: Path, crew: Sequence[Worker], calls: int) -> Worker:
    """The first worker that has called so many functions.

    What workers do is seen in a file, and a file tells nobody that it has grown.
    """
    give_up_at = time.monotonic() + 30
    while True:
        done = Counter(effect.pid for effect in effects_in(folder / "effects"))
        for worker in crew:
            if done[worker.pid] >= calls:
                return worker
        assert time.monotonic() < give_up_at, "no worker has got anything to do"
        await asyncio.sleep(0.02)


async def _judged(place: Place, folder: Path, scene: Scene, results: Results) -> Verdict:
    return await judge(place.url, scene.driver.posted, effects_in(folder / "effects"), results)


async def _all_through(driver: Driver) -> None:
    async with asyncio.timeout(40):
        await driver.all_through()


async def _held_by(store: Store, worker: Worker) -> list[str]:
    row = workflow_runs.c
    held = select(row.id).where(
        row.owner == worker.owner, row.lease_until.is_not(None), row.status.not_in(TERMINAL)
    )
    return [found.id for found in await store.database.rows(held)]


async def _lose_all(scene: Scene) -> None:
    """Have a worker stand still until others have all its runs, if need be several times.

    While it does so in the middle of a transaction, nobody can take what it has locked.
    """
    while True:
        with scene.busy.standing_still():
            await asyncio.sleep(LEASE_SECONDS + 1.5)
            if not await _held_by(scene.store, scene.busy):
                return
        await asyncio.sleep(0.1)
