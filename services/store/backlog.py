"""What waits in the database, in numbers: for those who watch over the service."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, case, func, select

from services.domain.backlog import Backlog, Queue
from services.domain.runs import RunStatus
from services.store.database import Database
from services.store.dialects import DatabaseTime
from services.store.leases import WAITING
from services.store.tables import workflow_runs, workflow_webhook_deliveries, workflow_webhooks
from services.store.wakes import ALIVE

_RUN: Final = workflow_runs.c
_DELIVERY: Final = workflow_webhook_deliveries.c
_NOW: Final = DatabaseTime().label("now")
_EVER: Final = datetime(1970, 1, 1, tzinfo=UTC)

_BY_STATUS: Final = (
    select(_RUN.status, func.count().label("number"))
    .where(_RUN.status.in_(ALIVE))
    .group_by(_RUN.status)
)
# A run that somebody else wanted is due since ever: it cannot have waited before it was there.
_SINCE: Final = case(
    (WAITING.c.since < WAITING.c.created_at, WAITING.c.created_at), else_=WAITING.c.since
)
_DUE: Final = select(func.count().label("number"), func.min(_SINCE).label("since"), _NOW)
_UNSENT: Final = (
    select(func.count().label("number"), func.min(_DELIVERY.created_at).label("since"), _NOW)
    .select_from(workflow_webhooks)
    .join(workflow_webhook_deliveries, _DELIVERY.webhook_id == workflow_webhooks.c.id)
    .where(workflow_webhooks.c.is_active, _DELIVERY.next_at > _EVER)
)


async def backlog_of(database: Database) -> Backlog:
    """What waits now, in one consistent view."""
    return await database.read(_count)


def _count(connection: Connection) -> Backlog:
    found = {RunStatus(row.status): row.number for row in connection.execute(_BY_STATUS)}
    return Backlog(
        runs={status: found.get(status, 0) for status in ALIVE},
        due=_queue(connection.execute(_DUE).one()),
        deliveries=_queue(connection.execute(_UNSENT).one()),
    )


def _queue(row: Row[Any]) -> Queue:
    seconds = 0.0 if row.since is None else (row.now - row.since).total_seconds()
    return Queue(number=row.number, oldest_seconds=max(seconds, 0.0))
