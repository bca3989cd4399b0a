"""Workers are killed, stopped and cut off while runs are on their way; every promise holds.

A storm that breaks something prints its seed, what was done when, and the log of each run that is
concerned.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from tests.chaos.crew import Worker, crew_of
from tests.chaos.driver import Driver, driver_of
from tests.chaos.invariants import Result
from tests.chaos.judge import Verdict, judge
from tests.chaos.places import OpenPlace, Place
from tests.chaos.storm import Storm, Tale, Weather
from tests.chaos.worker import Job
from tests.chaos.workload import effects_in
from workflow_compiler.ports import SystemClock

pytestmark = pytest.mark.timeout(300)

LEASE_SECONDS = 2.0
PACE_SECONDS = 0.05
CALM_SECONDS = 60.0
"""So long it may take until all runs are through after a storm, on a machine with much to do."""

Results = Mapping[tuple[str, int], Result]


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much is going on in a storm."""

    workers: int
    runs: int
    blows: int
    longest_pause: float


SEEDS = range(2, 8)
SHORT = Size(workers=3, runs=26, blows=8, longest_pause=1.0)
LONG = Size(workers=4, runs=120, blows=40, longest_pause=2.0)


async def storm_over(
    open_place: OpenPlace, folder: Path, results: Results, seed: int, size: Size
) -> None:
    """Have a storm; afterwards every promise must have been kept."""
    tale = Tale(SystemClock())
    tale.tell(f"storm with the seed {seed}: {size}")
    verdict = Verdict(broken=["the storm itself broke off"])
    try:
        async with open_place(size.workers) as place:
            jobs = [_job(place, folder, number) for number in range(size.workers)]
            async with crew_of(*jobs) as crew, driver_of(place.url, Random(seed), tale) as driver:
                await weather(place, crew, driver, size)
                for worker in crew:
                    await worker.leave()
            verdict = await judge(place.url, driver.posted, effects_in(folder / "effects"), results)
    finally:
        print(tale, verdict, sep="\n")  # noqa: T201 - whoever reads of a failure wants it
    assert not verdict.broken, verdict.broken


async def weather(place: Place, crew: list[Worker], driver: Driver, size: Size) -> None:
    """The storm, and the calm in which all that was begun comes to its end."""
    storm = Storm(
        chance=driver.chance,
        weather=Weather(
            blows=place.blows,
            count=size.blows,
            longest_pause=size.longest_pause,
            lease_seconds=LEASE_SECONDS,
        ),
        workers=crew,
        lines=place.lines,
        restart=place.restart,
        tale=driver.tale,
    )
    answering = asyncio.ensure_future(driver.answer())
    try:
        async with asyncio.TaskGroup() as both:
            both.create_task(storm.rage())
            both.create_task(driver.post_many(size.runs, size.blows * size.longest_pause / 2))
        driver.tale.tell("calm")
        async with asyncio.timeout(CALM_SECONDS):
            await driver.all_through()
        driver.tale.tell("all are through")
    finally:
        answering.cancel()
        with suppress(asyncio.CancelledError):
            await answering


def _job(place: Place, folder: Path, number: int) -> Job:
    """Every other worker does not notice when it stands still, so that only the fence stops it."""
    return Job(
        database_url=place.url_of(number),
        folder=folder,
        lease_seconds=LEASE_SECONDS,
        pace_seconds=PACE_SECONDS,
        sleeps_unnoticed=number % 2 == 0,
    )


async def test_a_storm_breaks_nothing(
    open_place: OpenPlace, tmp_path: Path, results: Results
) -> None:
    await storm_over(open_place, tmp_path, results, 1, SHORT)


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
async def test_many_storms_break_nothing(
    open_place: OpenPlace, tmp_path: Path, results: Results, seed: int
) -> None:
    await storm_over(open_place, tmp_path, results, seed, LONG)
