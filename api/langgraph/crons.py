"""Crons: the schedules of the project, each of whose runs has a thread of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Path, Response, status
from pydantic import Field

from api.access import ADMIN, READ
from api.deps import ServicesDep
from api.errors import UnsupportedError
from api.langgraph.deps import ProjectId
from api.langgraph.requests import Body, Filter, Names
from api.langgraph.shapes import selected
from api.langgraph.starting import assistant
from services.bootstrap import Services
from services.domain.events.frames import wire_time
from services.domain.schedules import Schedule
from services.store.paging import every
from services.usecases.schedules import ScheduleDraft

router = APIRouter(prefix="/runs/crons")

PAGE_LIMIT: Final = 200

CronId = Annotated[str, Path(description="The schedule.")]


class CronWish(Body):
    """What is to be, or to be otherwise, of a cron."""

    schedule: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    timezone: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    input: dict[str, Any] | None = None
    enabled: bool | None = None
    end_time: str | None = None
    metadata: dict[str, Any] | None = None
    webhook: str | None = None
    interrupt_before: Names | None = None
    interrupt_after: Names | None = None
    on_run_completed: Literal["delete", "keep"] | None = None

    def changes(self) -> dict[str, Any]:
        """What it says, in the words of schedules.

        Raises:
            UnsupportedError: it says more than a schedule knows.
        """
        for name in ("end_time", "metadata", "webhook", "interrupt_before", "interrupt_after"):
            if getattr(self, name):
                raise UnsupportedError(f"/{name}", "a schedule has a workflow, an input and a time")
        if self.on_run_completed == "delete":
            raise UnsupportedError("/on_run_completed", "runs are kept until they are pruned")
        said = {
            "cron": self.schedule,
            "time_zone": self.timezone,
            "input": self.input,
            "is_active": self.enabled,
        }
        return {name: value for name, value in said.items() if value is not None}


class CronBody(CronWish):
    """A cron that is wanted."""

    assistant_id: str = Field(min_length=1, max_length=200)
    schedule: Annotated[str, Field(min_length=1, max_length=200)]


class CronFilter(Filter):
    """Which crons are wanted."""

    assistant_id: str | None = None
    thread_id: str | None = None
    enabled: bool | None = None
    sort_by: Literal[
        "cron_id", "assistant_id", "thread_id", "created_at", "updated_at", "next_run_date"
    ] = "created_at"
    sort_order: Literal["asc", "desc"] = "desc"


@router.post("", dependencies=ADMIN)
async def create_cron(
    services: ServicesDep, project_id: ProjectId, body: CronBody
) -> dict[str, Any]:
    """A workflow that runs by itself."""
    workflow = await assistant(services, project_id, body.assistant_id)
    draft = ScheduleDraft(
        name=f"cron {services.conversations.ids.new()}",
        workflow_id=workflow.id,
        version=None,
        **{"time_zone": "UTC", "input": {}, **body.changes()},
    )
    return cron_json(await services.schedules.create(project_id, draft))


@router.post("/search", dependencies=READ)
async def search_crons(
    services: ServicesDep, project_id: ProjectId, wanted: CronFilter
) -> list[dict[str, Any]]:
    """The schedules of the project that fit."""
    found = await _fitting(services, project_id, wanted)
    found.sort(key=lambda each: str(each[wanted.sort_by]), reverse=wanted.sort_order == "desc")
    return selected(found[wanted.offset : wanted.offset + wanted.limit], wanted.select)


@router.post("/count", dependencies=READ)
async def count_crons(services: ServicesDep, project_id: ProjectId, wanted: CronFilter) -> int:
    """How many fit."""
    return len(await _fitting(services, project_id, wanted))


@router.patch("/{cron_id}", dependencies=ADMIN)
async def update_cron(
    services: ServicesDep, project_id: ProjectId, cron_id: CronId, body: CronWish
) -> dict[str, Any]:
    """The schedule, with something changed."""
    return cron_json(await services.schedules.change(project_id, cron_id, body.changes()))


@router.delete("/{cron_id}", status_code=status.HTTP_204_NO_CONTENT, dependencies=ADMIN)
async def delete_cron(services: ServicesDep, project_id: ProjectId, cron_id: CronId) -> Response:
    """The schedule is forgotten; the runs that it has begun stay."""
    await services.schedules.remove(project_id, cron_id)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


def cron_json(schedule: Schedule) -> dict[str, Any]:
    """A schedule as clients read it."""
    next_at = schedule.next_at
    return {
        "cron_id": schedule.id,
        "assistant_id": schedule.workflow_id,
        "thread_id": None,
        "user_id": None,
        "schedule": schedule.cron,
        "timezone": schedule.time_zone,
        "enabled": schedule.is_active,
        "next_run_date": wire_time(next_at) if next_at is not None else None,
        "end_time": None,
        "on_run_completed": "keep",
        "payload": {"assistant_id": schedule.workflow_id, "input": dict(schedule.input)},
        "metadata": {},
        "created_at": wire_time(schedule.created_at),
        "updated_at": wire_time(schedule.created_at),
    }


async def _fitting(services: Services, project_id: str, wanted: CronFilter) -> list[dict[str, Any]]:
    if wanted.thread_id is not None or wanted.metadata:
        return []  # they have threads of their own each time, and no metadata
    if wanted.assistant_id is None:
        workflow_id = None
    else:
        workflow_id = (await assistant(services, project_id, wanted.assistant_id)).id
    return [
        cron_json(schedule)
        async for schedule in _all(services, project_id)
        if workflow_id in {None, schedule.workflow_id}
        and wanted.enabled in {None, schedule.is_active}
    ]


def _all(services: Services, project_id: str) -> AsyncIterator[Schedule]:
    return every(
        lambda cursor: services.schedules.page(project_id, cursor=cursor, limit=PAGE_LIMIT)
    )
