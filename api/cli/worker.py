"""`workflow worker`: a process that executes runs and serves nothing."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from api.cli.logs import log_to_stderr
from api.cli.options import DatabaseUrl, registry_from, settings_from
from api.cli.output.console import say
from api.cli.output.urls import without_password
from api.cli.settling import settle
from api.cli.signals import stop_asked
from api.worker_metrics import showing_metrics
from services.bootstrap import open_worker
from services.dispatch.queues import consuming
from services.settings import Dispatch, Settings


def worker(
    dispatch: Annotated[
        Dispatch | None, typer.Option(help="What tells it of runs; overrides the environment.")
    ] = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Execute runs, beside a server or on other machines."""
    settings = settings_from(dispatch=dispatch, database_url=database_url)
    log_to_stderr(settings)
    asyncio.run(_work(settings))


async def _work(settings: Settings) -> None:
    registry = registry_from(settings)
    with stop_asked() as stop:
        async with (
            open_worker(settings, registry) as opened,
            consuming(settings, opened.dispatcher),
            showing_metrics(opened.services) as metrics_url,
        ):
            settle()
            say(f"executing up to {settings.max_concurrent_runs} runs at once (Ctrl-C stops)")
            say(f"  database {without_password(settings.database_url)}", style="dim")
            if settings.queue_url and settings.dispatch is not Dispatch.INPROCESS:
                say(f"  {settings.dispatch} {without_password(settings.queue_url)}", style="dim")
            if metrics_url is not None:
                say(f"  metrics  {metrics_url}/metrics", style="dim")
            await stop.wait()
            say("stopping; once more to stop at once")
