"""Where runs are looked at and controlled: the database, or a server that is told to.

The commands know only the desk. What stands behind it is loaded when it is opened, since neither
way needs what the other one stands on.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Annotated, Any, Protocol

import typer

from api.cli.exits import UsageError
from api.cli.options import DatabaseUrl, settings_from
from api.schemas import NodeVisit, Receiver, Run, RunTree, Task
from services.domain.events.frames import Frame
from services.domain.runs import RunStatus
from services.domain.selecting import RunSelection
from services.domain.waits import TaskStatus
from services.settings import Settings
from workflow_compiler.ports import WallClock


class Watched(Protocol):
    """Where a run can be followed."""

    @property
    def clock(self) -> WallClock:
        """The clock that the run goes by, as well as one knows it."""

    async def get(self, run_id: str) -> Run:
        """The run as it stands now."""

    async def cancel(self, run_id: str, reason: str) -> Run:
        """Stop a run.

        Raises:
            RunIsOverError: it has reached its end.
        """

    def watch(self, run_id: str) -> AbstractAsyncContextManager[AsyncIterator[Frame]]:
        """Its events from the first to the last."""


class Desk(Watched, Protocol):
    """Where all that can be done with runs from afar can be done."""

    async def page(self, wanted: RunSelection, limit: int) -> Sequence[Run]:
        """The newest runs that are meant."""

    async def visits(self, run_id: str) -> Sequence[NodeVisit]:
        """The visits of a run."""

    async def tree(self, run_id: str) -> RunTree:
        """A run with its sub-runs."""

    async def pause(self, run_id: str) -> Run:
        """Let nothing more of it begin."""

    async def resume(self, run_id: str) -> Run:
        """Let it go on."""

    def cancel_such(self, wanted: RunSelection, reason: str) -> AsyncIterator[Cancelled]:
        """Stop all runs that are meant."""


@dataclass(frozen=True, slots=True)
class Cancelled:
    """What became of one of many runs: where it stands, or why it refuses."""

    run_id: str
    status: RunStatus | None
    refusal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskChoice:
    """Which tasks are meant."""

    status: TaskStatus | None
    assignee: str | None
    run_id: str | None
    limit: int


class WaitsDesk(Protocol):
    """Where all that runs wait for can be answered."""

    async def tasks(self, wanted: TaskChoice) -> Sequence[Task]:
        """The newest tasks that are meant."""

    async def answer(self, task_id: str, answer: Any, by: str) -> Task:
        """Answer a task."""

    async def signal(self, name: str, key: str, payload: Any) -> Receiver | None:
        """Send a signal; None where nobody waits for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """The flags that say where the runs are."""

    database_url: DatabaseUrl = None
    server: Annotated[
        str | None, typer.Option("--server", help="The server that is asked; see WORKFLOW_SERVER.")
    ] = None

    def settings(self) -> Settings:
        """The settings with these flags; a database that is named here is meant.

        Raises:
            UsageError: both are named, or a setting is not valid.
        """
        if self.database_url is not None and self.server is not None:
            raise UsageError("--server and --database-url exclude each other: name one of them")
        settings = settings_from(database_url=self.database_url, server=self.server)
        if self.database_url is not None:
            return settings.model_copy(update={"server": None})
        return settings


def at_database(what: str, database_url: str | None, **flags: Any) -> Settings:
    """The settings for something that is done at the database only.

    Raises:
        UsageError: a server is named and no database, or a setting is not valid.
    """
    settings = settings_from(database_url=database_url, **flags)
    if settings.server is not None and database_url is None:
        raise UsageError(f"{what} at its database: name that with --database-url")
    return settings


def desk_at(settings: Settings) -> AbstractAsyncContextManager[Desk]:
    """The desk of the server that the settings name, or of their database."""
    opened: AbstractAsyncContextManager[Desk] = _side(settings).open_desk(settings)
    return opened


def waits_at(settings: Settings) -> AbstractAsyncContextManager[WaitsDesk]:
    """The same for what runs wait for."""
    opened: AbstractAsyncContextManager[WaitsDesk] = _side(settings).open_waits_desk(settings)
    return opened


def _side(settings: Settings) -> ModuleType:
    return import_module(f"api.cli.desk_{'here' if settings.server is None else 'there'}")
