"""Places are shared fairly between projects, and nobody gets two or none."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.dispatch.fair import FairSlots
from tests.support.virtual_time import run_virtually


async def project_of(run_id: str) -> str | None:
    """`a:1` is of project `a`."""
    await asyncio.sleep(0)
    return run_id.partition(":")[0]


class Work:
    """Runs that take their places in an order that can be seen, and leave them when told to."""

    def __init__(self, slots: FairSlots) -> None:
        self._slots = slots
        self.begun: list[str] = []
        self.at_work: Counter[str] = Counter()
        self._ends: dict[str, asyncio.Event] = {}

    async def run(self, run_id: str) -> None:
        self._ends[run_id] = asyncio.Event()
        async with self._slots.place(run_id):
            project = run_id.partition(":")[0]
            self.begun.append(run_id)
            self.at_work[project] += 1
            await self._ends[run_id].wait()
            self.at_work[project] -= 1

    async def end(self, run_id: str) -> None:
        self._ends[run_id].set()
        await settled()


async def settled() -> None:
    """Let everybody go on as far as they can."""
    for _ in range(20):
        await asyncio.sleep(0)


async def sent(tasks: asyncio.TaskGroup, work: Work, *run_ids: str) -> list[asyncio.Task[None]]:
    made = [tasks.create_task(work.run(run_id)) for run_id in run_ids]
    await settled()
    return made


async def test_one_run_of_another_project_waits_for_one_end_at_most() -> None:
    work = Work(FairSlots(1, None, project_of))
    async with asyncio.TaskGroup() as tasks:
        many = [f"a:{number}" for number in range(100)]
        await sent(tasks, work, *many)
        await work.end("a:0")
        assert work.begun == ["a:0", "a:1"]
        await sent(tasks, work, "b:0")
        await work.end("a:1")
        assert work.begun[2:] == ["b:0"]
        await work.end("b:0")
        for run_id in many[2:]:
            await work.end(run_id)
    assert work.begun == ["a:0", "a:1", "b:0", *many[2:]]


async def test_projects_take_turns() -> None:
    work = Work(FairSlots(1, None, project_of))
    async with asyncio.TaskGroup() as tasks:
        await sent(tasks, work, "a:0", "a:1", "a:2", "b:1", "b:2", "c:1")
        for run_id in ("a:0", "a:1", "b:1", "c:1", "a:2", "b:2"):
            await work.end(run_id)
    assert work.begun == ["a:0", "a:1", "b:1", "c:1", "a:2", "b:2"]


async def test_a_project_that_asks_again_and_again_keeps_nobody_waiting() -> None:
    work = Work(FairSlots(1, None, project_of))
    async with asyncio.TaskGroup() as tasks:
        await sent(tasks, work, "b:0", "a:0", "a:1")
        for number in range(2):
            await sent(tasks, work, f"b:{number + 1}")
            await work.end(work.begun[-1])
        assert sum(run_id.startswith("a") for run_id in work.begun) >= 1
        while work.at_work.total():
            await work.end(work.begun[-1])


async def test_no_project_has_more_places_than_it_may() -> None:
    work = Work(FairSlots(3, 2, project_of))
    async with asyncio.TaskGroup() as tasks:
        await sent(tasks, work, "a:0", "a:1", "a:2", "b:0", "b:1")
        assert work.begun == ["a:0", "a:1", "b:0"]
        await work.end("b:0")
        assert work.begun[3:] == ["b:1"]
        await work.end("a:0")
        assert work.begun[4:] == ["a:2"]
        for run_id in ("a:1", "a:2", "b:1"):
            await work.end(run_id)


async def test_nobody_is_asked_about_a_run_that_gets_its_place_at_once() -> None:
    async def nobody_knows(run_id: str) -> str | None:
        raise AssertionError(run_id)

    async with FairSlots(1, None, nobody_knows).place("a:0"):
        pass


async def test_a_place_of_whoever_could_not_take_it_is_not_lost() -> None:
    async def unknown(run_id: str) -> str | None:
        raise ConnectionError(run_id)

    slots = FairSlots(1, 1, unknown)
    for _ in range(2):
        with pytest.raises(ConnectionError):
            async with slots.place("a:0"):
                pass
    assert not slots.locked()


runs = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(0, 9), st.integers(1, 9), st.booleans()),
    max_size=20,
)


@given(runs, st.integers(1, 3), st.none() | st.integers(1, 3))
def test_every_run_gets_one_place_and_gives_it_back(
    wanted: list[tuple[str, int, int, bool]], at_once: int, per_project: int | None
) -> None:
    """Whatever comes when, lasts how long, and is stopped while it waits or works."""
    slots = FairSlots(at_once, per_project, project_of)
    at_work: Counter[str] = Counter()

    async def work(project: str, number: int, begins: int, lasts: int) -> None:
        await asyncio.sleep(begins)
        async with slots.place(f"{project}:{number}"):
            at_work[project] += 1
            try:
                assert at_work.total() <= at_once
                assert per_project is None or at_work[project] <= per_project
                await asyncio.sleep(lasts)
            finally:
                at_work[project] -= 1

    async def all_of_it() -> None:
        loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as tasks:
            for number, (project, begins, lasts, is_stopped) in enumerate(wanted):
                task = tasks.create_task(work(project, number, begins, lasts))
                if is_stopped:
                    loop.call_later(begins + lasts / 2, task.cancel)

    run_virtually(all_of_it())
    assert not slots.locked()
    assert not at_work.total()
