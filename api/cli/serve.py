"""`workflow serve`: the server, the page and the runs, in one process."""

from __future__ import annotations

import asyncio
from contextlib import closing
from typing import Annotated

import typer

from api.app import create_app
from api.cli.logs import log_to_stderr
from api.cli.options import PROJECT, DatabaseUrl, registry_from, settings_from
from api.cli.output.console import say
from api.cli.output.urls import without_password
from api.cli.settling import settle
from api.cli.signals import stop_asked
from api.gate import names_of
from api.samples import sample_documents
from api.server import listen, must_be_guarded, serving
from services.bootstrap import Services, open_services
from services.errors import WorkflowNotFoundError
from services.records import recording
from services.settings import Settings


def serve(
    host: Annotated[
        str | None,
        typer.Option(help="The address to listen on; without any key, one of this machine only."),
    ] = None,
    port: Annotated[int | None, typer.Option(help="The port; 0 takes a free one.")] = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Serve the page, the REST interface and the socket, and execute runs."""
    settings = settings_from(host=host, port=port, database_url=database_url)
    log_to_stderr(settings)
    asyncio.run(_serve(settings))


async def _serve(settings: Settings) -> None:
    registry = registry_from(settings)
    async with recording(settings) as records:
        is_guarded = await records.access_use_cases(settings).is_guarded()
    if not is_guarded:
        must_be_guarded(settings.host)
    with closing(listen(settings.host, settings.port)) as listener, stop_asked() as stop:
        async with open_services(settings, registry) as services:
            if settings.samples:
                await _load_samples(services)
            app = create_app(services, names=names_of(settings.host, settings.hosts))
            settle()
            async with serving(app, listener) as url:
                say(f"Workflows at {url} (Ctrl-C stops)")
                say(f"  database {without_password(settings.database_url)}", style="dim")
                await stop.wait()
                say("stopping; once more to stop at once")


async def _load_samples(services: Services) -> None:
    """Store the samples that are not there; one that somebody changed stays as it is."""
    for sample in sample_documents():
        try:
            await services.workflows.find(PROJECT, sample.name)
        except WorkflowNotFoundError:
            await services.workflows.publish(PROJECT, sample.document)
