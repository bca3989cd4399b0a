"""`workflow runs retry` and `migrate`: here, or on a server that is told to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Annotated, Any

import typer

from api.cli.desk import Watched, Where
from api.cli.desk_here import DeskHere
from api.cli.ending import end_with
from api.cli.exits import Exit, UsageError
from api.cli.grouped import grouped
from api.cli.logs import log_to_stderr
from api.cli.options import AsEvents, Watch, registry_from
from api.cli.output.console import say
from api.cli.output.displays import display
from api.cli.run import follow_new, read_input
from api.schemas import RetryBody
from api.wishes import wish_of
from services.bootstrap import open_records, open_services
from services.settings import Settings

RunId = Annotated[str, typer.Argument(help="The run's id.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The visits that begin anew."""

    from_node: Annotated[
        str | None, typer.Option("--from", help="The node that runs again first.")
    ] = None
    path: Annotated[
        str | None, typer.Option(help="Only its visits in this body: 'loop[3]', 'safe.catch'.")
    ] = None
    visit: Annotated[
        int | None, typer.Option(min=1, help="This visit of it, instead of the latest.")
    ] = None

    def said(self) -> dict[str, Any]:
        """The same, as a client would send it.

        Raises:
            UsageError: a path or a visit is no place without its node.
        """
        if self.from_node is None and not (self.path is None and self.visit is None):
            raise UsageError("--path and --visit say which visits of a node: name it with --from")
        return {"from_node": self.from_node, "path": self.path, "visit": self.visit}


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What is to be another this time."""

    given: Annotated[
        str | None, typer.Option("--input", help="Another input: JSON, @file, or - for stdin.")
    ] = None
    version: Annotated[int | None, typer.Option(min=1, help="Another version of its workflow.")] = (
        None
    )

    def said(self) -> dict[str, Any]:
        """The same, as a client would send it."""
        return {
            "input": None if self.given is None else read_input(self.given),
            "version": self.version,
        }


@grouped
def retry(
    run_id: RunId,
    place: Place,
    changes: Changes,
    where: Where,
    watch: Watch = True,
    as_json: AsEvents = False,
) -> None:
    """Go on from a run that is over, in a new run, here and now or on a server."""
    said, settings = place.said() | changes.said(), where.settings()
    log_to_stderr(settings)
    show = partial(display, f"retry of {run_id}", as_json=as_json, watch=watch)
    ended = asyncio.run(follow_new(_retried(settings, run_id, said), show))
    end_with(ended, watch=watch, as_json=as_json)


@grouped
def migrate(
    run_id: RunId,
    version: Annotated[int, typer.Option(min=1, help="A version of its workflow.")],
    where: Where,
) -> None:
    """Have a run that waits or is paused go on with another version."""
    asyncio.run(_migrate(where.settings(), run_id, version))
    say(f"run {run_id} goes on with version {version}")
    raise typer.Exit(Exit.DONE)


def _retried(
    settings: Settings, run_id: str, said: Mapping[str, Any]
) -> AbstractAsyncContextManager[tuple[Watched, str]]:
    """The run that goes on from another one, where it is executed."""
    if settings.server is None:
        return _retried_here(settings, run_id, said)
    opened: AbstractAsyncContextManager[tuple[Watched, str]] = _there().open_retry(
        settings, run_id, said
    )
    return opened


@asynccontextmanager
async def _retried_here(
    settings: Settings, run_id: str, said: Mapping[str, Any]
) -> AsyncIterator[tuple[Watched, str]]:
    async with open_services(settings, registry_from(settings)) as services:
        run = await services.retries.retry(run_id, wish_of(RetryBody.model_validate(said)))
        say(f"run {run.id} goes on from run {run_id}")
        yield DeskHere(services.runs, settings.project), run.id


async def _migrate(settings: Settings, run_id: str, version: int) -> None:
    if settings.server is not None:
        await _there().migrate(settings, run_id, version)
        return
    async with open_records(settings, registry_from(settings)) as services:
        await services.migrations.migrate(run_id, version)


def _there() -> Any:
    return import_module("api.cli.desk_there")
