"""`workflow runs watch`: a run that goes on elsewhere, shown to its end."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Annotated

import typer

from api.cli.desk import Where, desk_at
from api.cli.ending import end_with
from api.cli.grouped import grouped
from api.cli.output.displays import Show, display
from api.cli.runs import RunId
from api.schemas import Run
from services.settings import Settings


@grouped
def watch(
    run_id: RunId,
    where: Where,
    as_json: Annotated[
        bool, typer.Option("--json", help="Write the events as JSON lines.")
    ] = False,
) -> None:
    """Show a run while it goes on, to its end."""
    show = partial(display, f"run {run_id}", as_json=as_json, watch=True)
    ended = asyncio.run(_watch(where.settings(), run_id, show))
    end_with(ended, watch=True, as_json=as_json)


async def _watch(settings: Settings, run_id: str, show: Show) -> Run:
    async with desk_at(settings) as desk:
        async with desk.watch(run_id) as frames, show(desk.clock) as shown:
            async for frame in frames:
                shown.show(frame)
        return await desk.get(run_id)
