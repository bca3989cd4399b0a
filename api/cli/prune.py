"""`workflow runs prune`: forget runs that nobody needs any more."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from api.cli.desk import Where
from api.cli.durations import read_duration
from api.cli.exits import UsageError
from api.cli.grouped import grouped
from api.cli.output.console import say, write
from api.cli.upkeep import retention_at
from services.domain.retention import UNASKED, Expiry, Pruned
from services.domain.runs import TERMINAL, RunStatus
from services.settings import Settings
from workflow_compiler.show import counted


@grouped
def prune(
    where: Where,
    older_than: Annotated[
        str, typer.Option(help="How long ago they ended, at least: 30d, 12h, 2w.")
    ],
    status: Annotated[
        str, typer.Option(help="With which statuses they ended, separated by commas.")
    ] = ",".join(sorted(UNASKED)),
    workflow: Annotated[
        str | None, typer.Option(help="Only runs of this workflow, by name or id.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
) -> None:
    """Remove runs that are over, with their sub-runs, events and tasks.

    What is not over stays, and what a run may still go on from: see the manual.
    """
    age = read_duration("--older-than", older_than)
    expiry = Expiry(older_than=age, statuses=_statuses(status))
    pruned = asyncio.run(_prune(where.settings(), workflow, expiry, is_rehearsal=dry_run))
    done = "would remove" if dry_run else "removed"
    trees, runs = counted(pruned.trees, "run"), counted(pruned.runs - pruned.trees, "sub-run")
    say(f"{done} {trees} and {runs}, with {counted(pruned.events, 'event')}")
    write(str(pruned.runs))


async def _prune(
    settings: Settings, workflow: str | None, expiry: Expiry, *, is_rehearsal: bool
) -> Pruned:
    async with retention_at(settings) as desk:
        return await desk.prune(workflow, expiry, is_rehearsal=is_rehearsal)


def _statuses(given: str) -> frozenset[RunStatus]:
    names = [name.strip() for name in given.split(",") if name.strip()]
    known = sorted(status.value for status in TERMINAL)
    if unknown := sorted(set(names) - set(known)):
        raise UsageError(
            f"--status: {unknown[0]!r} is no end of a run; choose from {', '.join(known)}"
        )
    return frozenset(RunStatus(name) for name in names)
