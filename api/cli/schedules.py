"""`workflow schedules`: runs that begin by themselves, in whatever process executes runs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from rich.table import Table

from api.cli.desk import Where
from api.cli.grouped import grouped
from api.cli.options import AsJson
from api.cli.output.console import printed, say, write
from api.cli.upkeep import schedules_at
from api.cli.values import read_option
from api.schemas.schedules import Schedule
from services.settings import Settings

ScheduleId = Annotated[str, typer.Argument(metavar="SCHEDULE", help="The schedule's id.")]


def commands() -> typer.Typer:
    """The commands of this group."""
    app = typer.Typer(help="Have workflows run by themselves.", no_args_is_help=True)
    app.command("list")(list_schedules)
    app.command("create")(create)
    app.command("delete")(delete)
    app.command("pause")(pause)
    app.command("resume")(resume)
    return app


@grouped
def list_schedules(
    where: Where,
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many at most.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List schedules by name."""
    schedules = asyncio.run(_page(where.settings(), limit))
    if as_json:
        for schedule in schedules:
            write(schedule.model_dump_json())
    else:
        write(printed(_table_of(schedules)))


@grouped
def create(
    name: Annotated[str, typer.Argument(help="What it is called.")],
    where: Where,
    workflow: Annotated[str, typer.Option(help="The workflow to run, by name or id.")],
    cron: Annotated[str, typer.Option(help="Minute, hour, day of month, month, day of week.")],
    time_zone: Annotated[str, typer.Option(help="Where these fields are read.")] = "UTC",
    given: Annotated[
        str, typer.Option("--input", help="The input: JSON, @file, or - for stdin.")
    ] = "{}",
) -> None:
    """Have the newest version of a workflow run at every moment that a cron expression names."""
    when = {"cron": cron, "time_zone": time_zone}
    wanted = {"name": name, "input": read_option("--input", given), **when}
    schedule = asyncio.run(_create(where.settings(), workflow, wanted))
    _tell(schedule)
    write(schedule.id)


@grouped
def delete(schedule_id: ScheduleId, where: Where) -> None:
    """Remove a schedule; its runs stay."""
    asyncio.run(_remove(where.settings(), schedule_id))
    say(f"schedule {schedule_id} is removed")


@grouped
def pause(schedule_id: ScheduleId, where: Where) -> None:
    """Let a schedule begin no runs until it is resumed."""
    _tell(asyncio.run(_change(where.settings(), schedule_id, {"is_active": False})))


@grouped
def resume(schedule_id: ScheduleId, where: Where) -> None:
    """Let a schedule begin runs again, from now on."""
    _tell(asyncio.run(_change(where.settings(), schedule_id, {"is_active": True})))


async def _page(settings: Settings, limit: int) -> Sequence[Schedule]:
    async with schedules_at(settings) as desk:
        return await desk.page(limit)


async def _create(settings: Settings, workflow: str, wanted: dict[str, Any]) -> Schedule:
    async with schedules_at(settings) as desk:
        return await desk.create(workflow, wanted)


async def _remove(settings: Settings, schedule_id: str) -> None:
    async with schedules_at(settings) as desk:
        await desk.remove(schedule_id)


async def _change(settings: Settings, schedule_id: str, changes: dict[str, Any]) -> Schedule:
    async with schedules_at(settings) as desk:
        return await desk.change(schedule_id, changes)


def _tell(schedule: Schedule) -> None:
    when = f"next run at {schedule.next_at:%Y-%m-%d %H:%M} UTC" if schedule.next_at else "paused"
    say(f"schedule {schedule.name!r}: {when}")


def _table_of(schedules: Sequence[Schedule]) -> Table:
    table = Table("schedule", "name", "workflow", "cron", "time zone", "next", "error", box=None)
    for schedule in schedules:
        table.add_row(
            schedule.id,
            schedule.name,
            schedule.workflow_id,
            schedule.cron,
            schedule.time_zone,
            f"{schedule.next_at:%Y-%m-%d %H:%M}" if schedule.next_at else "paused",
            schedule.last_error or "",
        )
    return table
