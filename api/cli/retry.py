"""`workflow runs retry` and `migrate`: what needs the node types, and so takes a while to load."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import Annotated

import typer

from api.cli.desk_here import DeskHere
from api.cli.ending import end_with
from api.cli.exits import Exit, UsageError
from api.cli.grouped import grouped
from api.cli.options import DatabaseUrl, registry_from, settings_from
from api.cli.output.console import say
from api.cli.output.displays import Show, display
from api.cli.run import follow, read_input
from api.schemas import Run as RunDocument
from services.bootstrap import open_records, open_services
from services.domain.going_on import From
from services.domain.runs import Run
from services.settings import Settings
from services.telemetry.logging import configure_logging
from services.usecases.retries import Wish
from workflow_compiler import Registry

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

    def chosen(self) -> From | None:
        """The place, None where nobody chose one.

        Raises:
            UsageError: a path or a visit is no place without its node.
        """
        if self.from_node is not None:
            return From(node_id=self.from_node, path=self.path, visit=self.visit)
        if self.path is not None or self.visit is not None:
            raise UsageError("--path and --visit say which visits of a node: name it with --from")
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What is to be another this time."""

    given: Annotated[
        str | None, typer.Option("--input", help="Another input: JSON, @file, or - for stdin.")
    ] = None
    version: Annotated[int | None, typer.Option(min=1, help="Another version of its workflow.")] = (
        None
    )

    def wish(self, begin: From | None) -> Wish:
        """How the run is to go on."""
        run_input = None if self.given is None else read_input(self.given)
        return Wish(begin=begin, run_input=run_input, version=self.version)


@grouped
def retry(
    run_id: RunId,
    place: Place,
    changes: Changes,
    watch: Annotated[bool, typer.Option(help="Show the run while it goes on.")] = True,
    as_json: Annotated[
        bool, typer.Option("--json", help="Write the events as JSON lines instead of the output.")
    ] = False,
    database_url: DatabaseUrl = None,
) -> None:
    """Go on from a run that is over, in a new run, here and now."""
    wish = changes.wish(place.chosen())
    settings = settings_from(database_url=database_url)
    registry = registry_from(settings)
    show = partial(display, f"retry of {run_id}", as_json=as_json, watch=watch)
    configure_logging("WARNING")
    ended = asyncio.run(_retry(run_id, wish, settings, registry, show))
    end_with(ended, watch=watch, as_json=as_json)


def migrate(
    run_id: RunId,
    version: Annotated[int, typer.Option(min=1, help="A version of its workflow.")],
    database_url: DatabaseUrl = None,
) -> None:
    """Have a run that waits or is paused go on with another version."""
    settings = settings_from(database_url=database_url)
    run = asyncio.run(_migrate(run_id, version, settings, registry_from(settings)))
    say(f"run {run.id} goes on with version {run.version}")
    raise typer.Exit(Exit.DONE)


async def _retry(
    run_id: str, wish: Wish, settings: Settings, registry: Registry, show: Show
) -> RunDocument:
    async with open_services(settings, registry) as services:
        run = await services.retries.retry(run_id, wish)
        say(f"run {run.id} goes on from run {run_id}")
        async with services.runs.watch(run.id, 0) as frames:
            return await follow(DeskHere(services.runs), run.id, frames, show)


async def _migrate(run_id: str, version: int, settings: Settings, registry: Registry) -> Run:
    async with open_records(settings, registry) as services:
        return await services.migrations.migrate(run_id, version)
