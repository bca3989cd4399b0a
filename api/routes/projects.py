"""Projects: make and list them."""

from __future__ import annotations

from fastapi import APIRouter, Request, status

from api.access import ADMIN, READ, PrincipalDep
from api.deps import BODY_ERRORS, Cursor, Limit, ServicesDep, errors
from api.schemas import Page
from api.schemas.keys import Project, ProjectBody

router = APIRouter(prefix="/projects", tags=["access"])


@router.get(
    "",
    operation_id="list_projects",
    summary="List projects by id",
    responses=errors(400),
    dependencies=READ,
)
async def list_projects(
    services: ServicesDep, principal: PrincipalDep, cursor: Cursor = None, limit: Limit = 50
) -> Page[Project]:
    """Those that there are for the key: one, or all."""
    page = await services.projects.page(principal, cursor=cursor, limit=limit)
    items = [Project.model_validate(project) for project in page.items]
    return Page(items=items, next_cursor=page.next_cursor)


@router.post(
    "",
    operation_id="create_project",
    summary="Make a project",
    status_code=status.HTTP_201_CREATED,
    responses=errors(409, *BODY_ERRORS),
    dependencies=ADMIN,
)
async def create_project(
    request: Request, services: ServicesDep, principal: PrincipalDep, body: ProjectBody
) -> Project:
    """It needs a key for all projects."""
    project = await services.projects.create(principal, body.id, body.name)
    request.state.project_id = project.id
    return Project.model_validate(project)
