"""`workflow runs`: what there is to do with the runs of the database."""

from __future__ import annotations

import asyncio
import json
from types import MappingProxyType
from typing import Annotated, Final

import typer
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from api.cli.exits import Exit
from api.cli.lazy import Entry, group_of
from api.cli.looks import LOOKS
from api.cli.options import PROJECT, AsJson, DatabaseUrl, settings_from
from api.cli.output.console import printed, say, write
from api.schemas import NodeVisit, RunTree
from api.schemas import Run as RunDocument
from services.domain.family import Branch
from services.domain.family import RunTree as StoredTree
from services.domain.runs import NodeState, Run, RunStatus
from services.records import open_runs
from services.settings import Settings
from services.store.paging import Page

COMMANDS: Final = MappingProxyType(
    {
        "list": Entry("api.cli.runs:list_runs", "List runs, newest first."),
        "show": Entry(
            "api.cli.runs:show", "Show a run, the visits of its nodes, and its sub-runs."
        ),
        "pause": Entry(
            "api.cli.runs:pause",
            "Let nothing more of a run begin, whichever process executes it.",
        ),
        "resume": Entry(
            "api.cli.runs:resume",
            "Let a paused run go on, in a server or another process that executes runs.",
        ),
        "cancel": Entry("api.cli.runs:cancel", "Stop a run, whichever process executes it."),
        "retry": Entry(
            "api.cli.retry:retry", "Go on from a run that is over, in a new run, here and now."
        ),
        "migrate": Entry(
            "api.cli.retry:migrate",
            "Have a run that waits or is paused go on with another version.",
        ),
        "prune": Entry(
            "api.cli.prune:prune",
            "Remove runs that are over, with their sub-runs, events and tasks.",
        ),
        **LOOKS,
    }
)
"""Those that execute something stand on far more than those that look."""

RunId = Annotated[str, typer.Argument(help="The run's id.")]


def commands() -> typer.Typer:
    """The commands of this group."""
    words = "Look at runs, control them, go on from them, and forget them."
    return typer.Typer(cls=group_of(COMMANDS), help=words, no_args_is_help=True)


def list_runs(
    status: Annotated[RunStatus | None, typer.Option(help="Only runs that stand here.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many at most.")] = 20,
    as_json: AsJson = False,
    database_url: DatabaseUrl = None,
) -> None:
    """List runs, newest first."""
    settings = settings_from(database_url=database_url)
    page = asyncio.run(_page(settings, status, limit))
    if as_json:
        for run in page.items:
            write(RunDocument.model_validate(run).model_dump_json())
    else:
        write(printed(_table_of_runs(page)))


def show(run_id: RunId, as_json: AsJson = False, database_url: DatabaseUrl = None) -> None:
    """Show a run, the visits of its nodes, and its sub-runs."""
    settings = settings_from(database_url=database_url)
    run, visits, tree = asyncio.run(_all_of(settings, run_id))
    shown = RunDocument.model_validate(run).model_dump(mode="json")
    nodes = [NodeVisit.model_validate(visit).model_dump(mode="json") for visit in visits.items]
    if as_json:
        more = RunTree.of(tree).model_dump(mode="json")
        write(json.dumps(shown | {"nodes": nodes} | more))
        return
    write(json.dumps(shown, indent=2, ensure_ascii=False))
    write(printed(_table_of_visits(visits)))
    if tree.root.children:
        write(printed(_tree_of_runs(tree)))


def cancel(
    run_id: RunId,
    reason: Annotated[str, typer.Option(help="Kept in the log.")] = "cancelled at the terminal",
    database_url: DatabaseUrl = None,
) -> None:
    """Stop a run, whichever process executes it."""
    settings = settings_from(database_url=database_url)
    run = asyncio.run(_cancel(settings, run_id, reason))
    say(f"run {run.id} is {run.status}")
    raise typer.Exit(Exit.DONE)


def pause(run_id: RunId, database_url: DatabaseUrl = None) -> None:
    """Let nothing more of a run begin, whichever process executes it."""
    run = asyncio.run(_pause(settings_from(database_url=database_url), run_id))
    say(f"run {run.id} is {run.status}" + _until(run))
    raise typer.Exit(Exit.DONE)


def resume(run_id: RunId, database_url: DatabaseUrl = None) -> None:
    """Let a paused run go on, in a server or another process that executes runs."""
    run = asyncio.run(_resume(settings_from(database_url=database_url), run_id))
    say(f"run {run.id} goes on")
    raise typer.Exit(Exit.DONE)


def _until(run: Run) -> str:
    return "" if run.status is RunStatus.PAUSED else " and is paused when its work has ended"


async def _page(settings: Settings, status: RunStatus | None, limit: int) -> Page[Run]:
    async with open_runs(settings) as runs:
        return await runs.page(PROJECT, status=status, limit=limit)


async def _all_of(settings: Settings, run_id: str) -> tuple[Run, Page[NodeState], StoredTree]:
    async with open_runs(settings) as runs:
        return await runs.get(run_id), await runs.nodes(run_id), await runs.tree(run_id)


async def _pause(settings: Settings, run_id: str) -> Run:
    async with open_runs(settings) as runs:
        return await runs.pause(run_id)


async def _resume(settings: Settings, run_id: str) -> Run:
    async with open_runs(settings) as runs:
        return await runs.resume(run_id)


async def _cancel(settings: Settings, run_id: str, reason: str) -> Run:
    async with open_runs(settings) as runs:
        return await runs.cancel(run_id, reason)


def _table_of_runs(page: Page[Run]) -> Table:
    table = Table("run", "workflow", "version", "status", "progress", "created", box=None)
    for run in page.items:
        table.add_row(
            run.id,
            run.workflow_id,
            str(run.version),
            run.status.value,
            f"{run.progress:.0%}",
            f"{run.created_at:%Y-%m-%d %H:%M:%S}",
        )
    return table


def _tree_of_runs(tree: StoredTree) -> Tree:
    drawn = Tree(_line_of(tree.root))
    _hang(drawn, tree.root)
    if not tree.is_complete:
        drawn.add("… and more")
    return drawn


def _hang(drawn: Tree, branch: Branch) -> None:
    for child in branch.children:
        _hang(drawn.add(_line_of(child)), child)


def _line_of(branch: Branch) -> Text:
    run = branch.run
    words = f"{run.workflow} version {run.version}  {run.status}  {run.id}"
    if run.parent_node_id is None:
        return Text(words)
    visit = f" #{run.parent_visit}" if run.parent_visit != 1 else ""
    path = f"{run.parent_path}." if run.parent_path else ""
    return Text(f"{path}{run.parent_node_id}{visit}: {words}")


def _table_of_visits(page: Page[NodeState]) -> Table:
    table = Table("node", "visit", "status", "attempt", "error", box=None)
    for state in page.items:
        error = f"{state.error.type}: {state.error.message}" if state.error else ""
        table.add_row(
            state.node_id, str(state.visit), state.status.value, str(state.attempt), error
        )
    return table
