"""The audit log in the database: written once, read page by page, forgotten when it is old."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Float, Row, bindparam, delete, insert, select

from services.domain.audit import AuditEntry, Change
from services.ports import Ids
from services.store.database import Database
from services.store.dialects import DatabaseTime
from services.store.paging import Page, from_cursor, page_of
from services.store.tables import workflow_audit_entries
from workflow_compiler.ports import WallClock

PAGE_LIMIT: Final = 200

_ENTRY: Final = workflow_audit_entries.c
_ADD: Final = insert(workflow_audit_entries)
_PRUNE: Final = delete(workflow_audit_entries).where(
    # Asked for once, or PostgreSQL would ask its clock for every row and could use no index.
    _ENTRY.at <= select(DatabaseTime(-bindparam("age", type_=Float))).scalar_subquery()
)


class Audit:
    """Who did what, in all projects."""

    def __init__(self, database: Database, clock: WallClock, ids: Ids) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids

    async def add(self, change: Change) -> None:
        """Keep a change."""
        row = asdict(change) | {"id": self._ids.new(), "at": self._clock.now()}
        await self._database.write(lambda connection: connection.execute(_ADD, row))

    async def page(
        self, project_id: str | None = None, *, cursor: str | None = None, limit: int = 50
    ) -> Page[AuditEntry]:
        """The entries of a project, or all entries; newest first.

        Raises:
            CursorError: no page gave this cursor.
        """
        limit = min(limit, PAGE_LIMIT)
        query = select(workflow_audit_entries)
        if project_id is not None:
            query = query.where(_ENTRY.project_id == project_id)
        if cursor is not None:
            query = query.where(_ENTRY.id < from_cursor(cursor, str)[0])
        rows = await self._database.rows(query.order_by(_ENTRY.id.desc()).limit(limit + 1))
        return page_of(rows, limit, _entry, lambda row: [row.id])

    async def prune(self, older_than: timedelta) -> int:
        """Forget what is older than this; how many entries those were."""
        age = {"age": older_than.total_seconds()}
        return await self._database.write(
            lambda connection: connection.execute(_PRUNE, age).rowcount
        )


def _entry(row: Row[Any]) -> AuditEntry:
    return AuditEntry(**row._asdict())
