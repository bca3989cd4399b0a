"""Threads: runs that follow one another. A run is put onto one where runs are created."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from api.access import READ, PrincipalDep
from api.deps import Cursor, Limit, ProjectId, ServicesDep, asked_project, errors
from api.schemas import Page
from api.schemas.threads import Thread, ThreadInList
from services.bootstrap import Services

router = APIRouter(tags=["threads"])

ThreadId = Annotated[str, Path(description="The thread's id: that of its first run.")]


@router.get(
    "/projects/{project_id}/threads",
    operation_id="list_threads",
    summary="List the threads of a project, the one with the newest run first",
    responses=errors(400, 404),
    dependencies=READ,
)
async def list_threads(
    services: ServicesDep, project_id: ProjectId, cursor: Cursor = None, limit: Limit = 50
) -> Page[ThreadInList]:
    """Every run is on a thread; sub-runs are not listed."""
    page = await services.threads.newest(project_id, cursor=cursor, limit=limit)
    items = [ThreadInList.of(run) for run in page.items]
    return Page(items=items, next_cursor=page.next_cursor)


@router.get(
    "/projects/{project_id}/threads/{thread_id}",
    operation_id="get_project_thread",
    summary="Read a thread of a project",
    responses=errors(400, 404),
    dependencies=READ,
)
async def get_project_thread(
    services: ServicesDep,
    project_id: ProjectId,
    thread_id: ThreadId,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Thread:
    """Its variables, and its runs page by page."""
    return await _thread(services, project_id, thread_id, cursor, limit)


@router.get(
    "/threads/{thread_id}",
    operation_id="get_thread",
    summary="Read a thread",
    responses=errors(400, 404),
    dependencies=READ,
)
async def get_thread(
    services: ServicesDep,
    principal: PrincipalDep,
    thread_id: ThreadId,
    project_id: Annotated[
        str | None,
        Query(max_length=200, description="The project; that of your key, or `default`."),
    ] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Thread:
    """The same as a project has, with the project as a part of the query."""
    project = await asked_project(services, principal, project_id)
    return await _thread(services, project, thread_id, cursor, limit)


async def _thread(
    services: Services, project_id: str, thread_id: str, cursor: str | None, limit: int
) -> Thread:
    thread = await services.threads.get(project_id, thread_id)
    runs = await services.threads.runs(project_id, thread_id, cursor=cursor, limit=limit)
    return Thread.of(thread, runs)
