"""The projects: what everything else belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, bindparam, select

from services.errors import ProjectExistsError, ProjectNotFoundError
from services.store.database import Database
from services.store.dialects import missing_inserts, was_inserted
from services.store.paging import Page, from_cursor, page_of
from services.store.tables import projects
from workflow_compiler.ports import WallClock

PAGE_LIMIT: Final = 200

_PROJECT: Final = projects.c
_ONE: Final = select(_PROJECT.id).where(_PROJECT.id == bindparam("project"))
_ADD: Final = missing_inserts(projects)


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """What workflows and runs belong to."""

    id: str
    name: str
    created_at: datetime


class Projects:
    """The projects in the database. None is ever taken away, so one that was seen is known."""

    def __init__(self, database: Database, clock: WallClock) -> None:
        self._database = database
        self._clock = clock
        self._known: set[str] = set()

    async def require(self, project_id: str) -> None:
        """Return when there is such a project.

        Raises:
            ProjectNotFoundError: there is none.
        """
        if project_id in self._known:
            return
        if not await self._database.rows(_ONE, {"project": project_id}):
            raise ProjectNotFoundError(project_id)
        self._known.add(project_id)

    async def add(self, project_id: str, name: str) -> Project:
        """A new project.

        Raises:
            ProjectExistsError: there is one with this id.
        """
        project = Project(id=project_id, name=name, created_at=self._clock.now())
        row = {field: getattr(project, field) for field in Project.__dataclass_fields__}
        if not await self._database.write(lambda connection: was_inserted(connection, _ADD, row)):
            raise ProjectExistsError(project_id)
        return project

    async def page(
        self, only: str | None = None, *, cursor: str | None = None, limit: int = 50
    ) -> Page[Project]:
        """The projects by id, or the only one that somebody sees.

        Raises:
            CursorError: no page gave this cursor.
        """
        limit = min(limit, PAGE_LIMIT)
        query = select(projects)
        if only is not None:
            query = query.where(_PROJECT.id == only)
        if cursor is not None:
            query = query.where(_PROJECT.id > from_cursor(cursor, str)[0])
        rows = await self._database.rows(query.order_by(_PROJECT.id).limit(limit + 1))
        return page_of(rows, limit, _project, lambda row: [row.id])


def _project(row: Row[Any]) -> Project:
    return Project(**row._asdict())
