"""The desk that has the database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from api.cli.options import PROJECT
from api.schemas import NodeVisit, Run, RunTree
from services.domain.frames import Frame
from services.domain.selecting import RunSelection
from services.ports import WallClock
from services.records import recording
from services.settings import Settings
from services.usecases.runs import RunUseCases


class DeskHere:
    """The runs of a database, told as the server tells them."""

    def __init__(self, runs: RunUseCases) -> None:
        self._runs = runs

    @property
    def clock(self) -> WallClock:
        """The clock of the database."""
        return self._runs.clock

    async def page(self, wanted: RunSelection, limit: int) -> Sequence[Run]:
        """The newest runs that are meant."""
        page = await self._runs.page(PROJECT, wanted, limit=limit)
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

    def watch(self, run_id: str) -> AbstractAsyncContextManager[AsyncIterator[Frame]]:
        """Its events from the first to the last."""
        return self._runs.watch(run_id)


@asynccontextmanager
async def open_desk(settings: Settings) -> AsyncIterator[DeskHere]:
    """The desk of the database of the settings."""
    async with recording(settings) as records:
        yield DeskHere(records.run_use_cases())
