"""`workflow runs`: what there is to do with the runs of the database, or of a server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from types import MappingProxyType
from typing import Annotated, Final

import typer
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from api.cli.desk import Desk, Where, desk_at
from api.cli.exits import Exit
from api.cli.grouped import grouped
from api.cli.lazy import Entry, group_of
from api.cli.looks import LOOKS
from api.cli.options import AsJson, Statuses, TextOfRuns, WorkflowId
from api.cli.output.console import printed, say, write
from api.schemas import NodeVisit, Run, RunBranch, RunTree
from services.domain.runs import RunStatus
from services.domain.selecting import RunSelection
from services.settings import Settings

COMMANDS: Final = MappingProxyType(
    {
        "list": Entry("api.cli.runs:list_runs", "List runs, newest first."),
        "show": Entry(
            "api.cli.runs:show", "Show a run, the visits of its nodes, and its sub-runs."
        ),
        "replay": Entry("api.cli.replay:replay", "Show a run as it went, from its start."),
        "watch": Entry("api.cli.watch:watch", "Show a run while it goes on, to its end."),
        "pause": Entry(
            "api.cli.runs:pause",
            "Let nothing more of a run begin, whichever process executes it.",
        ),
        "resume": Entry(
            "api.cli.runs:resume",
            "Let a paused run go on, in a server or another process that executes runs.",
        ),
        "cancel": Entry(
            "api.cli.cancelling:cancel",
            "Stop a run, or all that stand somewhere, whichever process executes them.",
        ),
        "retry": Entry(
            "api.cli.retry:retry", "Go on from a run that is over, in a new run, here and now."
        ),
        "fork": Entry(
            "api.cli.fork:fork",
            "Leave a run at any moment of its log, in a new run, here and now.",
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


@grouped
def list_runs(
    where: Where,
    status: Statuses = None,
    workflow_id: WorkflowId = None,
    text: TextOfRuns = None,
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many at most.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List runs, newest first."""
    wanted = RunSelection(statuses=tuple(status or ()), workflow_id=workflow_id, text=text)
    runs = asyncio.run(_page(where.settings(), wanted, limit))
    if as_json:
        for run in runs:
            write(run.model_dump_json())
    else:
        write(printed(_table_of_runs(runs)))


@grouped
def show(run_id: RunId, where: Where, as_json: AsJson = False) -> None:
    """Show a run, the visits of its nodes, and its sub-runs."""
    run, visits, tree = asyncio.run(_all_of(where.settings(), run_id))
    shown = run.model_dump(mode="json")
    if as_json:
        nodes = [visit.model_dump(mode="json") for visit in visits]
        write(json.dumps(shown | {"nodes": nodes} | tree.model_dump(mode="json")))
        return
    write(json.dumps(shown, indent=2, ensure_ascii=False))
    write(printed(_table_of_visits(visits)))
    if tree.tree.children:
        write(printed(_tree_of_runs(tree)))


@grouped
def pause(run_id: RunId, where: Where) -> None:
    """Let nothing more of a run begin, whichever process executes it."""
    run = asyncio.run(_asked(where.settings(), lambda desk: desk.pause(run_id)))
    say(f"run {run.id} is {run.status}" + _until(run))
    raise typer.Exit(Exit.DONE)


@grouped
def resume(run_id: RunId, where: Where) -> None:
    """Let a paused run go on, in a server or another process that executes runs."""
    run = asyncio.run(_asked(where.settings(), lambda desk: desk.resume(run_id)))
    say(f"run {run.id} goes on")
    raise typer.Exit(Exit.DONE)


def _until(run: Run) -> str:
    return "" if run.status is RunStatus.PAUSED else " and is paused when its work has ended"


async def _page(settings: Settings, wanted: RunSelection, limit: int) -> Sequence[Run]:
    async with desk_at(settings) as desk:
        return await desk.page(wanted, limit)


async def _all_of(settings: Settings, run_id: str) -> tuple[Run, Sequence[NodeVisit], RunTree]:
    async with desk_at(settings) as desk:
        return await desk.get(run_id), await desk.visits(run_id), await desk.tree(run_id)


async def _asked(settings: Settings, ask: Callable[[Desk], Awaitable[Run]]) -> Run:
    async with desk_at(settings) as desk:
        return await ask(desk)


def _table_of_runs(runs: Sequence[Run]) -> Table:
    table = Table("run", "workflow", "version", "status", "progress", "created", box=None)
    for run in runs:
        table.add_row(
            run.id,
            run.workflow_id,
            str(run.version),
            run.status.value,
            f"{run.progress:.0%}",
            f"{run.created_at:%Y-%m-%d %H:%M:%S}",
        )
    return table


def _tree_of_runs(tree: RunTree) -> Tree:
    drawn = Tree(_line_of(tree.tree))
    _hang(drawn, tree.tree)
    if not tree.complete:
        drawn.add("… and more")
    return drawn


def _hang(drawn: Tree, branch: RunBranch) -> None:
    for child in branch.children:
        _hang(drawn.add(_line_of(child)), child)


def _line_of(branch: RunBranch) -> Text:
    run = branch.run
    words = f"{run.workflow} version {run.version}  {run.status}  {run.id}"
    if branch.node_id is None:
        return Text(words)
    visit = f" #{branch.visit}" if branch.visit != 1 else ""
    path = f"{branch.path}." if branch.path else ""
    return Text(f"{path}{branch.node_id}{visit}: {words}")


def _table_of_visits(visits: Sequence[NodeVisit]) -> Table:
    table = Table("node", "visit", "status", "attempt", "error", box=None)
    for visit in visits:
        error = f"{visit.error.type}: {visit.error.message}" if visit.error else ""
        table.add_row(
            visit.node_id, str(visit.visit), visit.status.value, str(visit.attempt), error
        )
    return table
