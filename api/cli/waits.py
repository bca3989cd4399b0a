"""`workflow tasks` and `workflow signal`: answer what runs wait for.

The run goes on in whatever process executes it, now or when there is one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from rich.table import Table

from api.cli.desk import TaskChoice, Where, waits_at
from api.cli.grouped import grouped
from api.cli.options import AsJson
from api.cli.output.console import printed, say, write
from api.cli.values import read_option
from api.schemas import Receiver, Task
from services.domain.waits import TaskStatus
from services.settings import Settings


def task_commands() -> typer.Typer:
    """The commands of the group `tasks`."""
    app = typer.Typer(help="List and answer the tasks that runs wait for.", no_args_is_help=True)
    app.command("list")(list_tasks)
    app.command("complete")(complete)
    return app


@grouped
def list_tasks(
    where: Where,
    status: Annotated[TaskStatus | None, typer.Option(help="Only tasks that stand here.")] = None,
    assignee: Annotated[str | None, typer.Option(help="Only those of this person.")] = None,
    run: Annotated[str | None, typer.Option(help="Only those of this run.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many at most.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List tasks, newest first."""
    wanted = TaskChoice(status=status, assignee=assignee, run_id=run, limit=limit)
    tasks = asyncio.run(_tasks(where.settings(), wanted))
    if as_json:
        for task in tasks:
            write(task.model_dump_json())
    else:
        write(printed(_table_of(tasks)))


@grouped
def complete(
    task_id: Annotated[str, typer.Argument(metavar="TASK", help="The task's id.")],
    where: Where,
    answer: Annotated[str, typer.Option(help="The answer: JSON, @file, or - for stdin.")],
    by: Annotated[str, typer.Option(help="Who answers; kept in the log.")] = "a user",
) -> None:
    """Answer a task; its run goes on in the process that executes it."""
    settings = where.settings()
    value = read_option("--answer", answer)
    task = asyncio.run(_complete(settings, task_id, value, by))
    say(f"task {task.id} is {task.status}; run {task.run_id} goes on")


@grouped
def signal(
    name: Annotated[str, typer.Argument(help="What it is called.")],
    where: Where,
    key: Annotated[str, typer.Option(help="Which of those it is for.")] = "",
    payload: Annotated[
        str, typer.Option(help="What it brings: JSON, @file, or - for stdin.")
    ] = "null",
) -> None:
    """Send a signal to whoever waits for it."""
    settings = where.settings()
    value = read_option("--payload", payload)
    visit = asyncio.run(_signal(settings, name, key, value))
    if visit is None:
        say(f"nobody waits for {name!r} now; it is kept for the first that will")
    else:
        say(f"node {visit.node_id!r} of run {visit.run_id} got it")


async def _tasks(settings: Settings, wanted: TaskChoice) -> Sequence[Task]:
    async with waits_at(settings) as desk:
        return await desk.tasks(wanted)


async def _complete(settings: Settings, task_id: str, answer: Any, by: str) -> Task:
    async with waits_at(settings) as desk:
        return await desk.answer(task_id, answer, by)


async def _signal(settings: Settings, name: str, key: str, payload: Any) -> Receiver | None:
    async with waits_at(settings) as desk:
        return await desk.signal(name, key, payload)


def _table_of(tasks: Sequence[Task]) -> Table:
    table = Table("task", "run", "node", "status", "assignee", "due", "prompt", box=None)
    for task in tasks:
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
