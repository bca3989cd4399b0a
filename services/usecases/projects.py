"""The projects: making them, and finding those that somebody may see."""

from __future__ import annotations

from dataclasses import dataclass

from services.domain.access import Principal, why_no_project_id
from services.errors import InputProblem, ProjectError
from services.store.paging import Page
from services.store.projects import Project, Projects
from services.usecases.access import require_all_projects


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectUseCases:
    """All projects."""

    store: Projects

    async def require(self, project_id: str) -> None:
        """Return when there is such a project.

        Raises:
            ProjectNotFoundError: there is none.
        """
        await self.store.require(project_id)

    async def create(self, by: Principal, project_id: str, name: str | None = None) -> Project:
        """A new project; it is called like its id unless it has a name.

        Raises:
            ForbiddenError: whoever asks sees one project only.
            ProjectError: no project can have this id.
            ProjectExistsError: there is one already.
        """
        require_all_projects(by)
        if (why := why_no_project_id(project_id)) is not None:
            raise ProjectError([InputProblem(pointer="/id", code="no-id", detail=why)])
        return await self.store.add(project_id, name or project_id)

    async def page(
        self, by: Principal, *, cursor: str | None = None, limit: int = 50
    ) -> Page[Project]:
        """The projects that whoever asks sees, by id.

        Raises:
            CursorError: no page gave this cursor.
        """
        return await self.store.page(by.project_id, cursor=cursor, limit=limit)
