"""`workflow schedules`: runs that begin by themselves, in whatever process executes runs."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import typer
from rich.table import Table

from api.cli.options import AsJson, DatabaseUrl, settings_from
from api.cli.output.console import printed, say, write
from api.cli.values import read_option
from api.schemas.schedules import Schedule as ScheduleDocument
from services.domain.schedules import Schedule
from services.errors import WorkflowNotFoundError
from services.records import recording
from services.settings import Settings
from services.store.paging import Page
from services.usecases.schedules import ScheduleDraft

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


def list_schedules(
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many at most.")] = 50,
    as_json: AsJson = False,
    database_url: DatabaseUrl = None,
) -> None:
    """List schedules by name."""
    settings = settings_from(database_url=database_url)
    page = asyncio.run(_page(settings, limit))
    if as_json:
        for schedule in page.items:
            write(ScheduleDocument.model_validate(schedule).model_dump_json())
    else:
        write(printed(_table_of(page)))


def create(
    name: Annotated[str, typer.Argument(help="What it is called.")],
    workflow: Annotated[str, typer.Option(help="The workflow to run, by name or id.")],
    cron: Annotated[str, typer.Option(help="Minute, hour, day of month, month, day of week.")],
    time_zone: Annotated[str, typer.Option(help="Where these fields are read.")] = "UTC",
    given: Annotated[
        str, typer.Option("--input", help="The input: JSON, @file, or - for stdin.")
    ] = "{}",
    database_url: DatabaseUrl = None,
) -> None:
    """Have the newest version of a workflow run at every moment that a cron expression names."""
    settings = settings_from(database_url=database_url)
    when = {"cron": cron, "time_zone": time_zone}
    wanted = {"name": name, "version": None, "input": read_option("--input", given), **when}
    schedule = asyncio.run(_create(settings, workflow, wanted))
    _tell(schedule)
    write(schedule.id)


def delete(schedule_id: ScheduleId, database_url: DatabaseUrl = None) -> None:
    """Remove a schedule; its runs stay."""
    asyncio.run(_remove(settings_from(database_url=database_url), schedule_id))
    say(f"schedule {schedule_id} is removed")


def pause(schedule_id: ScheduleId, database_url: DatabaseUrl = None) -> None:
    """Let a schedule begin no runs until it is resumed."""
    settings = settings_from(database_url=database_url)
    _tell(asyncio.run(_change(settings, schedule_id, {"is_active": False})))


def resume(schedule_id: ScheduleId, database_url: DatabaseUrl = None) -> None:
    """Let a schedule begin runs again, from now on."""
    settings = settings_from(database_url=database_url)
    _tell(asyncio.run(_change(settings, schedule_id, {"is_active": True})))


async def _page(settings: Settings, limit: int) -> Page[Schedule]:
    async with recording(settings) as records:
        return await records.schedule_use_cases().page(settings.project, limit=limit)


async def _create(settings: Settings, workflow: str, wanted: dict[str, Any]) -> Schedule:
    async with recording(settings) as records:
        found = await records.workflows.by_name(settings.project, workflow)
        found = found or await records.workflows.get(settings.project, workflow)
        if found is None:
            raise WorkflowNotFoundError(workflow)
        return await records.schedule_use_cases().create(
            settings.project, ScheduleDraft(workflow_id=found.id, **wanted)
        )


async def _remove(settings: Settings, schedule_id: str) -> None:
    async with recording(settings) as records:
        await records.schedule_use_cases().remove(settings.project, schedule_id)


async def _change(settings: Settings, schedule_id: str, changes: dict[str, Any]) -> Schedule:
    async with recording(settings) as records:
        return await records.schedule_use_cases().change(settings.project, schedule_id, changes)


def _tell(schedule: Schedule) -> None:
    when = f"next run at {schedule.next_at:%Y-%m-%d %H:%M} UTC" if schedule.next_at else "paused"
    say(f"schedule {schedule.name!r}: {when}")


def _table_of(page: Page[Schedule]) -> Table:
    table = Table("schedule", "name", "workflow", "cron", "time zone", "next", "error", box=None)
    for schedule in page.items:
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
