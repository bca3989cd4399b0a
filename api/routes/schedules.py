"""Schedules: make, read, change and remove them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response, status

from api.access import ADMIN, READ
from api.deps import BODY_ERRORS, Cursor, IdempotencyKey, Limit, ProjectId, ServicesDep, errors
from api.schemas import Page
from api.schemas.schedules import Schedule, ScheduleBody, ScheduleChange
from services.usecases.schedules import ScheduleDraft

router = APIRouter(prefix="/projects/{project_id}/schedules", tags=["schedules"])

ScheduleId = Annotated[str, Path(description="The schedule's id.")]


@router.get(
    "",
    operation_id="list_schedules",
    summary="List the schedules of a project by name",
    responses=errors(400, 404),
    dependencies=READ,
)
async def list_schedules(
    services: ServicesDep, project_id: ProjectId, cursor: Cursor = None, limit: Limit = 50
) -> Page[Schedule]:
    """Those that begin runs, and those that are paused."""
    page = await services.schedules.page(project_id, cursor=cursor, limit=limit)
    items = [Schedule.model_validate(schedule) for schedule in page.items]
    return Page(items=items, next_cursor=page.next_cursor)


@router.post(
    "",
    operation_id="create_schedule",
    summary="Have a workflow run by itself",
    status_code=status.HTTP_201_CREATED,
    responses=errors(404, 409, *BODY_ERRORS),
    dependencies=ADMIN,
)
async def create_schedule(
    services: ServicesDep,
    project_id: ProjectId,
    body: ScheduleBody,
    request: Request,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> Schedule:
    """Exactly one run begins at each moment, however many processes there are."""
    draft = ScheduleDraft(**body.model_dump())
    schedule = await services.schedules.create(project_id, draft, idempotency_key=idempotency_key)
    place = request.url_for("get_schedule", project_id=project_id, schedule_id=schedule.id)
    response.headers["Location"] = place.path
    return Schedule.model_validate(schedule)


@router.get(
    "/{schedule_id}",
    operation_id="get_schedule",
    summary="Read a schedule",
    responses=errors(404),
    dependencies=READ,
)
async def get_schedule(
    services: ServicesDep, project_id: ProjectId, schedule_id: ScheduleId
) -> Schedule:
    """When it begins its next run, and how the last one went."""
    return Schedule.model_validate(await services.schedules.get(project_id, schedule_id))


@router.patch(
    "/{schedule_id}",
    operation_id="change_schedule",
    summary="Change, pause or resume a schedule",
    responses=errors(404, 409, *BODY_ERRORS),
    dependencies=ADMIN,
)
async def change_schedule(
    services: ServicesDep, project_id: ProjectId, schedule_id: ScheduleId, body: ScheduleChange
) -> Schedule:
    """It goes on from now: what passed while it was paused is not caught up on."""
    changed = await services.schedules.change(project_id, schedule_id, body.changes())
    return Schedule.model_validate(changed)


@router.delete(
    "/{schedule_id}",
    operation_id="remove_schedule",
    summary="Remove a schedule",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=errors(404),
    dependencies=ADMIN,
)
async def remove_schedule(
    services: ServicesDep, project_id: ProjectId, schedule_id: ScheduleId
) -> None:
    """The runs that it has begun stay."""
    await services.schedules.remove(project_id, schedule_id)
