"""`workflow runs prune`: forget runs that nobody needs any more."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Annotated

import typer

from api.cli.durations import read_duration
from api.cli.exits import UsageError
from api.cli.options import DatabaseUrl, settings_from
from api.cli.output.console import say, write
from services.domain.retention import UNASKED, Expiry, Pruned
from services.domain.runs import TERMINAL, RunStatus
from services.errors import WorkflowNotFoundError
from services.records import recording
from services.settings import Settings
from services.store.workflows import Workflows
from workflow_compiler.show import counted


def prune(
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
    database_url: DatabaseUrl = None,
) -> None:
    """Remove runs that are over, with their sub-runs, events and tasks.

    What is not over stays, and what a run may still go on from: see the manual.
    """
    settings = settings_from(database_url=database_url)
    age, statuses = read_duration("--older-than", older_than), _statuses(status)
    pruned = asyncio.run(_prune(settings, age, statuses, workflow, is_rehearsal=dry_run))
    done = "would remove" if dry_run else "removed"
    trees, runs = counted(pruned.trees, "run"), counted(pruned.runs - pruned.trees, "sub-run")
    say(f"{done} {trees} and {runs}, with {counted(pruned.events, 'event')}")
    write(str(pruned.runs))


async def _prune(
    settings: Settings,
    age: timedelta,
    statuses: frozenset[RunStatus],
    workflow: str | None,
    *,
    is_rehearsal: bool,
) -> Pruned:
    async with recording(settings) as records:
        workflow_id = await _workflow_id(records.workflows, settings.project, workflow)
        expiry = Expiry(older_than=age, statuses=statuses, workflow_id=workflow_id)
        retention = records.retention_use_cases()
        return await retention.prune(settings.project, expiry, is_rehearsal=is_rehearsal)


async def _workflow_id(workflows: Workflows, project: str, name_or_id: str | None) -> str | None:
    if name_or_id is None:
        return None
    found = await workflows.by_name(project, name_or_id)
    found = found or await workflows.get(project, name_or_id)
    if found is None:
        raise WorkflowNotFoundError(name_or_id)
    return found.id


def _statuses(given: str) -> frozenset[RunStatus]:
    names = [name.strip() for name in given.split(",") if name.strip()]
    known = sorted(status.value for status in TERMINAL)
    if unknown := sorted(set(names) - set(known)):
        raise UsageError(
            f"--status: {unknown[0]!r} is no end of a run; choose from {', '.join(known)}"
        )
    return frozenset(RunStatus(name) for name in names)
