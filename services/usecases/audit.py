"""The audit log: who did what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from services.domain.access import Principal
from services.domain.audit import AuditEntry, Change
from services.store.audit import Audit
from services.store.paging import Page

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditUseCases:
    """The audit log of all projects."""

    store: Audit

    async def note(self, change: Change) -> None:
        """Keep a change that has been made; what the database does not take goes to the log."""
        try:
            await self.store.add(change)
        except SQLAlchemyError as error:
            _log.error("audit.unwritten", change=change, error=str(error))

    async def page(
        self, by: Principal, *, cursor: str | None = None, limit: int = 50
    ) -> Page[AuditEntry]:
        """What was done in the project of whoever asks, or in all; newest first.

        Raises:
            CursorError: no page gave this cursor.
        """
        return await self.store.page(by.project_id, cursor=cursor, limit=limit)

    async def prune(self, older_than: timedelta) -> int:
        """Forget what is older than this; how many entries those were."""
        return await self.store.prune(older_than)
