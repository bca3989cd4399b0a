"""The desk that has the database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import asdict
from typing import Any

from api.cli.desk import Cancelled, TaskChoice
from api.schemas import NodeVisit, Receiver, Run, RunTree, Task
from services.domain.events.frames import Frame
from services.domain.selecting import RunSelection
from services.records import recording
from services.settings import Settings
from services.store.paging import Page, every
from services.usecases.bulk import Done, Outcome, Such, cancel_many
from services.usecases.runs import RunUseCases
from services.usecases.waits import WaitUseCases
from workflow_compiler.ports import WallClock


class DeskHere:
    """The runs of a database, told as the server tells them."""

    def __init__(self, runs: RunUseCases, project_id: str) -> None:
        self._runs = runs
        self._project_id = project_id

    @property
    def clock(self) -> WallClock:
        """The clock of the database."""
        return self._runs.clock

    async def page(self, wanted: RunSelection, limit: int) -> Sequence[Run]:
        """The newest runs that are meant."""
        page = await self._runs.page(self._project_id, wanted, limit=limit)
        return [Run.model_validate(run) for run in page.items]

    async def get(self, run_id: str) -> Run:
        """The run as it stands now."""
        return Run.model_validate(await self._runs.get(run_id))

    async def visits(self, run_id: str) -> Sequence[NodeVisit]:
        """The first thousand visits of a run."""
        page = await self._runs.nodes(run_id)
        return [NodeVisit.model_validate(visit) for visit in page.items]

    async def tree(self, run_id: str) -> RunTree:
        """A run with its sub-runs."""
        return RunTree.of(await self._runs.tree(run_id))

    async def cancel(self, run_id: str, reason: str) -> Run:
        """Stop a run, whichever process executes it."""
        return Run.model_validate(await self._runs.cancel(run_id, reason))

    async def pause(self, run_id: str) -> Run:
        """Let nothing more of it begin."""
        return Run.model_validate(await self._runs.pause(run_id))

    async def resume(self, run_id: str) -> Run:
        """Let it go on."""
        return Run.model_validate(await self._runs.resume(run_id))

    async def cancel_such(self, wanted: RunSelection, reason: str) -> AsyncIterator[Cancelled]:
        """Stop all runs that are meant."""

        def chosen(cursor: str | None) -> Awaitable[Page[Outcome]]:
            return cancel_many(self._runs, self._project_id, Such(wanted, cursor), reason)

        async for outcome in every(chosen):
            yield _cancelled(outcome)

    def watch(self, run_id: str) -> AbstractAsyncContextManager[AsyncIterator[Frame]]:
        """Its events from the first to the last."""
        return self._runs.watch(run_id)


class WaitsHere:
    """What the runs of a database wait for."""

    def __init__(self, waits: WaitUseCases, project_id: str) -> None:
        self._waits = waits
        self._project_id = project_id

    async def tasks(self, wanted: TaskChoice) -> Sequence[Task]:
        """The newest tasks that are meant."""
        page = await self._waits.tasks(self._project_id, **asdict(wanted))
        return [Task.model_validate(task) for task in page.items]

    async def answer(self, task_id: str, answer: Any, by: str) -> Task:
        """Answer a task; its run goes on in the process that executes it."""
        task = await self._waits.complete(self._project_id, task_id, answer, by)
        return Task.model_validate(task)

    async def signal(self, name: str, key: str, payload: Any) -> Receiver | None:
        """Send a signal; None where nobody waits for it."""
        visit = await self._waits.signal(self._project_id, name, key, payload)
        return None if visit is None else Receiver.model_validate(visit)


@asynccontextmanager
async def open_desk(settings: Settings) -> AsyncIterator[DeskHere]:
    """The desk of the database of the settings."""
    async with recording(settings) as records:
        yield DeskHere(records.run_use_cases(), settings.project)


@asynccontextmanager
async def open_waits_desk(settings: Settings) -> AsyncIterator[WaitsHere]:
    """What the runs of the database of the settings wait for."""
    async with recording(settings) as records:
        yield WaitsHere(records.wait_use_cases(), settings.project)


def _cancelled(outcome: Outcome) -> Cancelled:
    if isinstance(outcome, Done):
        return Cancelled(outcome.run_id, outcome.run.status)
    return Cancelled(outcome.run_id, None, str(outcome.error))
