"""`workflow runs cancel`: stop one run, or all that somebody means."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from api.cli.desk import Where, desk_at
from api.cli.exits import Exit, UsageError
from api.cli.grouped import grouped
from api.cli.options import Statuses, TextOfRuns, WorkflowId
from api.cli.output.console import say
from api.schemas import Run
from services.domain.selecting import ALL_RUNS, RunSelection
from services.settings import Settings


@grouped
def cancel(
    where: Where,
    run_id: Annotated[str | None, typer.Argument(help="The run's id.")] = None,
    status: Statuses = None,
    workflow_id: WorkflowId = None,
    text: TextOfRuns = None,
    reason: Annotated[str, typer.Option(help="Kept in the log.")] = "cancelled at the terminal",
) -> None:
    """Stop a run, or all that stand somewhere, whichever process executes them."""
    settings = where.settings()
    wanted = RunSelection(statuses=tuple(status or ()), workflow_id=workflow_id, text=text)
    if (run_id is None) == (wanted == ALL_RUNS):
        raise UsageError("name a run, or say which ones with --status, --workflow-id or --text")
    if run_id is not None:
        run = asyncio.run(_cancel(settings, run_id, reason))
        say(f"run {run.id} is {run.status}")
        raise typer.Exit(Exit.DONE)
    refused = asyncio.run(_cancel_all(settings, wanted, reason))
    raise typer.Exit(Exit.USAGE if refused else Exit.DONE)


async def _cancel(settings: Settings, run_id: str, reason: str) -> Run:
    async with desk_at(settings) as desk:
        return await desk.cancel(run_id, reason)


async def _cancel_all(settings: Settings, wanted: RunSelection, reason: str) -> int:
    """Stop all runs that are meant; how many refused."""
    refused = 0
    async with desk_at(settings) as desk:
        async for outcome in desk.cancel_such(wanted, reason):
            stands = f" is {outcome.status}" if outcome.status else f": {outcome.refusal}"
            say(f"run {outcome.run_id}{stands}")
            refused += outcome.status is None
    return refused
