"""Posts runs into a storm, answers what they ask, and waits until all of them have come through."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from typing import TypeVar

from services.bootstrap import Services, open_records
from services.domain.runs import Run, RunStatus
from services.domain.waits import TaskStatus
from services.errors import RunAlreadyExecutedError, RunIsOverError, TaskIsOverError
from services.settings import Settings
from services.store.patience import patiently
from tests.chaos.invariants import Result
from tests.chaos.storm import Tale
from tests.chaos.workload import SHAPES, SIGNAL, answer_to, functions, payload_for
from tests.support.service import ended, service
from workflow_compiler import default_registry

T = TypeVar("T")

INPUTS = (1, 2)
_PATIENCE_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """A run that was accepted, and what is going to happen to it beside the storm."""

    run_id: str
    shape: str
    n: int
    is_cancelled: bool = False
    is_left: bool = False


@dataclass
class Driver:
    """The clients and the people of the service: they are far from the storm, and persistent."""

    services: Services
    chance: Random
    tale: Tale
    workflows: Mapping[str, str] = field(default_factory=dict)
    posted: list[Posted] = field(default_factory=list)

    async def publish(self) -> None:
        """Store all workflows."""
        publish = self.services.workflows.publish
        published = [await publish("default", document) for document in SHAPES.values()]
        self.workflows = {
            name: stored.version.workflow_id for name, stored in zip(SHAPES, published, strict=True)
        }

    async def post(self, shape: str, **fate: bool) -> Posted:
        """Have a run of a workflow executed, whatever it takes to be heard."""
        n, key = self.chance.choice(INPUTS), f"{shape} {len(self.posted)}"
        run = await persistently(
            lambda: self.services.runs.create(
                "default", self.workflows[shape], {"n": n, "key": key}, idempotency_key=key
            )
        )
        with suppress(RunAlreadyExecutedError):
            await persistently(lambda: self.services.runs.execute(run.id))
        posted = Posted(run_id=run.id, shape=shape, n=n, **fate)
        self.posted.append(posted)
        return posted

    async def post_many(self, count: int, within_seconds: float) -> None:
        """Post runs of all shapes, one after the other; some are cancelled, some never answered."""
        shapes = [*SHAPES] * (count // len(SHAPES) + 1)
        async with asyncio.TaskGroup() as tasks:
            for number, shape in enumerate(self.chance.sample(shapes, count)):
                await asyncio.sleep(self.chance.uniform(0, 2 * within_seconds / count))
                fate = {"is_cancelled": number % 9 == 4, "is_left": number % 13 == 6}
                posted = await self.post(shape, **fate)
                self.tale.tell(f"posted {posted}")
                if posted.is_cancelled:
                    tasks.create_task(self._cancel(posted))
                elif shape == "told" and not posted.is_left:
                    tasks.create_task(self._signal(posted))

    async def answer(self) -> None:
        """Answer what people are asked, again and again, until nobody needs this any more."""
        left = set[str]()
        while True:
            left |= {posted.run_id for posted in self.posted if posted.is_left}
            page = await persistently(
                lambda: self.services.waits.tasks("default", status=TaskStatus.OPEN, limit=200)
            )
            for task in page.items:
                if task.run_id not in left and self.chance.random() < 0.5:
                    await self._complete(task.id, answer_to(task.prompt))
            await asyncio.sleep(self.chance.uniform(0.05, 0.3))

    async def all_through(self) -> None:
        """Wait until every run has ended, or waits where nobody is going to answer."""
        for posted in self.posted:
            await persistently(partial(self._through, posted))

    async def _through(self, posted: Posted) -> Run:
        if posted.is_cancelled or not (posted.is_left and asks(posted.shape)):
            return await ended(self.services, posted.run_id)
        async with self.services.runs.watch(posted.run_id) as frames:
            async for _ in frames:
                run = await self.services.runs.get(posted.run_id)
                if run.status is RunStatus.WAITING:
                    return run
        raise AssertionError(f"{posted} has ended, though nobody answered it")

    async def _complete(self, task_id: str, answer: int) -> None:
        with suppress(TaskIsOverError):
            await persistently(
                lambda: self.services.waits.complete("default", task_id, answer, by="people")
            )

    async def _cancel(self, posted: Posted) -> None:
        await asyncio.sleep(self.chance.uniform(0, 2))
        with suppress(RunIsOverError):
            await persistently(lambda: self.services.runs.cancel(posted.run_id, "the storm"))

    async def _signal(self, posted: Posted) -> None:
        """Tell a run what it waits for, be it before it waits or after."""
        await asyncio.sleep(self.chance.uniform(0, 2))
        run = await persistently(lambda: self.services.runs.get(posted.run_id))
        payload = payload_for(posted.n)
        await persistently(
            lambda: self.services.waits.signal("default", SIGNAL, run.input["key"], payload)
        )


def asks(shape: str) -> bool:
    """Whether the runs of a workflow wait until they are answered, however long that takes."""
    return shape in {"asked", "polled", "told"}


async def persistently(ask: Callable[[], Awaitable[T]]) -> T:
    """What somebody is told who asks again while the database is away."""
    return await patiently(ask, _PATIENCE_SECONDS)


@asynccontextmanager
async def driver_of(url: str, chance: Random, tale: Tale) -> AsyncIterator[Driver]:
    """A driver that executes nothing itself; all workflows are stored."""
    known = default_registry(functions(Path("nowhere"), 0.0))
    async with open_records(Settings(database_url=url), known) as services:
        driver = Driver(services, chance, tale)
        await driver.publish()
        yield driver


async def undisturbed(folder: Path) -> Mapping[tuple[str, int], Result]:
    """How the runs end that nothing disturbs, by workflow and input."""
    made = functions(folder / "effects of nobody", 0.0)
    async with service(folder, made, wait_linger_seconds=0.0) as services:
        driver = Driver(services, Random(0), Tale(services.clock))
        await driver.publish()
        runs = {
            (shape, n): await services.runs.create(
                "default", driver.workflows[shape], {"n": n, "key": f"{shape} {n}"}
            )
            for shape in SHAPES
            for n in INPUTS
        }
        for n in INPUTS:
            await services.waits.signal("default", SIGNAL, f"told {n}", payload_for(n))
        answering = asyncio.ensure_future(driver.answer())
        for run in runs.values():
            await services.runs.execute(run.id)
        results = {asked: Result.of(await ended(services, run.id)) for asked, run in runs.items()}
        answering.cancel()
        return results
