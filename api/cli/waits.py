"""`workflow tasks` and `workflow signal`: answer what runs wait for.

The run goes on in whatever process executes it, now or when there is one.
"""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import typer
from rich.table import Table

from api.cli.options import PROJECT, AsJson, DatabaseUrl, settings_from
from api.cli.output.console import printed, say, write
from api.cli.values import read_option
from api.schemas import Task as TaskDocument
from services.domain.waits import Task, TaskStatus, VisitRef
from services.records import recording
from services.settings import Settings
from services.store.paging import Page


def task_commands() -> typer.Typer:
    """The commands of the group `tasks`."""
    app = typer.Typer(help="List and answer the tasks that runs wait for.", no_args_is_help=True)
    app.command("list")(list_tasks)
    app.command("complete")(complete)
    return app


def list_tasks(
    status: Annotated[TaskStatus | None, typer.Option(help="Only tasks that stand here.")] = None,
    assignee: Annotated[str | None, typer.Option(help="Only those of this person.")] = None,
    run: Annotated[str | None, typer.Option(help="Only those of this run.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many at most.")] = 20,
    as_json: AsJson = False,
    database_url: DatabaseUrl = None,
) -> None:
    """List tasks, newest first."""
    settings = settings_from(database_url=database_url)
    wanted = {"status": status, "assignee": assignee, "run_id": run, "limit": limit}
    page = asyncio.run(_page(settings, wanted))
    if as_json:
        for task in page.items:
            write(TaskDocument.model_validate(task).model_dump_json())
    else:
        write(printed(_table_of(page)))


def complete(
    task_id: Annotated[str, typer.Argument(metavar="TASK", help="The task's id.")],
    answer: Annotated[str, typer.Option(help="The answer: JSON, @file, or - for stdin.")],
    by: Annotated[str, typer.Option(help="Who answers; kept in the log.")] = "a user",
    database_url: DatabaseUrl = None,
) -> None:
    """Answer a task; its run goes on in the process that executes it."""
    settings = settings_from(database_url=database_url)
    value = read_option("--answer", answer)
    task = asyncio.run(_complete(settings, task_id, value, by))
    say(f"task {task.id} is {task.status}; run {task.run_id} goes on")


def signal(
    name: Annotated[str, typer.Argument(help="What it is called.")],
    key: Annotated[str, typer.Option(help="Which of those it is for.")] = "",
    payload: Annotated[
        str, typer.Option(help="What it brings: JSON, @file, or - for stdin.")
    ] = "null",
    database_url: DatabaseUrl = None,
) -> None:
    """Send a signal to whoever waits for it."""
    settings = settings_from(database_url=database_url)
    value = read_option("--payload", payload)
    visit = asyncio.run(_signal(settings, name, key, value))
    if visit is None:
        say(f"nobody waits for {name!r} now; it is kept for the first that will")
    else:
        say(f"node {visit.node_id!r} of run {visit.run_id} got it")


async def _page(settings: Settings, wanted: dict[str, Any]) -> Page[Task]:
    async with recording(settings) as records:
        return await records.wait_use_cases().tasks(PROJECT, **wanted)


async def _complete(settings: Settings, task_id: str, answer: Any, by: str) -> Task:
    async with recording(settings) as records:
        return await records.wait_use_cases().complete(PROJECT, task_id, answer, by)


async def _signal(settings: Settings, name: str, key: str, payload: Any) -> VisitRef | None:
    async with recording(settings) as records:
        return await records.wait_use_cases().signal(PROJECT, name, key, payload)


def _table_of(page: Page[Task]) -> Table:
    table = Table("task", "run", "node", "status", "assignee", "due", "prompt", box=None)
    for task in page.items:
        table.add_row(
            task.id,
            task.run_id,
            task.node_id,
            task.status.value,
            task.assignee or "",
            f"{task.due_at:%Y-%m-%d %H:%M:%S}" if task.due_at else "",
            _in_a_line(task.prompt),
        )
    return table


def _in_a_line(prompt: str) -> str:
    words = " ".join(prompt.split())
    return words if len(words) <= _PROMPT_SHOWN else f"{words[: _PROMPT_SHOWN - 1]}…"


_PROMPT_SHOWN = 80
