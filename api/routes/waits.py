"""What runs wait for: tasks to be answered, and signals to be sent."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, status
from pydantic import Field

from api.access import READ, RUN
from api.deps import BODY_ERRORS, IdempotencyKey, ProjectId, ServicesDep, TaskId, errors
from api.schemas import AnswerBody, Page, Question, Receiver, SentSignal, SignalBody, Task
from api.schemas.common import Text
from services.domain.waits import TaskStatus

router = APIRouter(prefix="/projects/{project_id}", tags=["waits"])


class TaskFilter(Question):
    """Which tasks of a project to list."""

    status: TaskStatus | None = Field(None, description="Only tasks that stand here.")
    assignee: Text | None = Field(None, max_length=200, description="Only those of this person.")
    run_id: Text | None = Field(None, max_length=200, description="Only those of this run.")
    cursor: str | None = Field(
        None, max_length=1_000, description="`next_cursor` of the page before."
    )
    limit: int = Field(50, ge=1, le=200, description="How many items at most.")


@router.get(
    "/tasks",
    operation_id="list_tasks",
    summary="List the tasks of a project, newest first",
    responses=errors(400, 404),
    dependencies=READ,
)
async def list_tasks(
    services: ServicesDep, project_id: ProjectId, wanted: Annotated[TaskFilter, Query()]
) -> Page[Task]:
    """Questions to people: the open ones, and those that are over."""
    page = await services.waits.tasks(
        project_id,
        status=wanted.status,
        assignee=wanted.assignee,
        run_id=wanted.run_id,
        cursor=wanted.cursor,
        limit=wanted.limit,
    )
    items = [Task.model_validate(task) for task in page.items]
    return Page(items=items, next_cursor=page.next_cursor)


@router.get(
    "/tasks/{task_id}",
    operation_id="get_task",
    summary="Read a task",
    responses=errors(404),
    dependencies=READ,
)
async def get_task(services: ServicesDep, project_id: ProjectId, task_id: TaskId) -> Task:
    """What is asked, in which form, and how it stands."""
    return Task.model_validate(await services.waits.task(project_id, task_id))


@router.post(
    "/tasks/{task_id}/complete",
    operation_id="complete_task",
    summary="Answer a task",
    responses=errors(404, 409, *BODY_ERRORS),
    dependencies=RUN,
)
async def complete_task(
    services: ServicesDep, project_id: ProjectId, task_id: TaskId, body: AnswerBody
) -> Task:
    """The first answer that meets the form counts, and its run goes on at once."""
    task = await services.waits.complete(project_id, task_id, body.answer, body.by)
    return Task.model_validate(task)


@router.post(
    "/signals",
    operation_id="send_signal",
    summary="Send a signal",
    status_code=status.HTTP_202_ACCEPTED,
    responses=errors(404, *BODY_ERRORS),
    dependencies=RUN,
)
async def send_signal(
    services: ServicesDep,
    project_id: ProjectId,
    body: SignalBody,
    idempotency_key: IdempotencyKey = None,
) -> SentSignal:
    """The visit that waits longest for this name and key gets it, or else the first that will."""
    visit = await services.waits.signal(
        project_id, body.name, body.key, body.payload, idempotency_key=idempotency_key
    )
    return SentSignal(delivered_to=None if visit is None else Receiver.model_validate(visit))
