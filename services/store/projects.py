"""The projects: what everything else belongs to."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from services.errors import ProjectNotFoundError
from services.store.database import Database
from services.store.tables import projects

_ONE = select(projects.c.id).where(projects.c.id == bindparam("project"))


class Projects:
    """The projects in the database. None is ever taken away, so one that was seen is known."""

    def __init__(self, database: Database) -> None:
        self._database = database
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
