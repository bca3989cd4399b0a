"""`workflow runs retry` and `migrate`: what needs the node types, and so takes a while to load."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Annotated

import typer

from api.cli.exits import Exit
from api.cli.options import DatabaseUrl, registry_from, settings_from
from api.cli.output.console import say
from api.cli.output.displays import Show, display
from api.cli.run import end_with, follow, read_input
from services.bootstrap import open_records, open_services
from services.domain.going_on import From
from services.domain.runs import Run
from services.settings import Settings
from services.telemetry.logging import configure_logging
from services.usecases.retries import Wish
from workflow_compiler import Registry

RunId = Annotated[str, typer.Argument(help="The run's id.")]


def retry(
    run_id: RunId,
    from_node: Annotated[
        str | None, typer.Option("--from", help="The node that runs again first.")
    ] = None,
    given: Annotated[
        str | None, typer.Option("--input", help="Another input: JSON, @file, or - for stdin.")
    ] = None,
    watch: Annotated[bool, typer.Option(help="Show the run while it goes on.")] = True,
    as_json: Annotated[
        bool, typer.Option("--json", help="Write the events as JSON lines instead of the output.")
    ] = False,
    database_url: DatabaseUrl = None,
) -> None:
    """Go on from a run that is over, in a new run, here and now."""
    settings = settings_from(database_url=database_url)
    registry = registry_from(settings)
    begin = None if from_node is None else From(node_id=from_node)
    run_input = None if given is None else read_input(given)
    wish = Wish(begin=begin, run_input=run_input)
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
) -> Run:
    async with open_services(settings, registry) as services:
        run = await services.retries.retry(run_id, wish)
        say(f"run {run.id} goes on from run {run_id}")
        async with services.runs.watch(run.id, 0) as frames:
            return await follow(services, run.id, frames, show)


async def _migrate(run_id: str, version: int, settings: Settings, registry: Registry) -> Run:
    async with open_records(settings, registry) as services:
        return await services.migrations.migrate(run_id, version)
