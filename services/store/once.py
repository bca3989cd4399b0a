"""What requests with an idempotency key have made, written together with what they make."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, delete, select

from services.domain.once import REMEMBERED, Once
from services.errors import IdempotencyError
from services.ports import Ids
from services.store.database import Database
from services.store.dialects import missing_inserts, was_inserted
from services.store.tables import workflow_requests
from workflow_compiler.ports import WallClock

NO_PROJECT: Final = ""
"""Where a request is of no project."""

_REQUEST: Final = workflow_requests.c
_NEW: Final = missing_inserts(workflow_requests)
_ONE: Final = select(_REQUEST.digest, _REQUEST.made_id).where(
    _REQUEST.project_id == bindparam("project"), _REQUEST.key == bindparam("wanted")
)
_FORGET: Final = delete(workflow_requests).where(_REQUEST.made_at < bindparam("before"))


def made_before(
    connection: Connection, project_id: str, once: Once | None, made_id: str, now: datetime
) -> str | None:
    """The id of what the same request has made; None, and `made_id` is it, when it comes first.

    Raises:
        IdempotencyError: the key was used for another request.
    """
    if once is None:
        return None
    connection.execute(_FORGET, {"before": now - REMEMBERED})
    values = {"project_id": project_id, "key": once.key, "digest": once.digest}
    if was_inserted(connection, _NEW, values | {"made_id": made_id, "made_at": now}):
        return None
    row = connection.execute(_ONE, {"project": project_id, "wanted": once.key}).one()
    if row.digest != once.digest:
        raise IdempotencyError(once.key)
    return str(row.made_id)


class Requests:
    """Requests whose thing is written by somebody else, who knows the key too."""

    def __init__(self, database: Database, clock: WallClock, ids: Ids) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids

    async def claim(self, project_id: str, once: Once | None) -> None:
        """Have the key stand for this request.

        Raises:
            IdempotencyError: it was used for another one.
        """
        made_id, now = self._ids.new(), self._clock.now()
        await self._database.write(
            lambda connection: made_before(connection, project_id, once, made_id, now)
        )
