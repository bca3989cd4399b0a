"""The deliveries that are due, for whoever sends them.

A process takes one by moving its `next_at` to the end of a lease: until then no other process
sends it, and if this one is gone by then, another one does. The number of attempts rises with every
claim, so an answer that comes too late changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final, assert_never

from sqlalchemy import Connection, Float, Row, bindparam, func, select, update

from services.domain.events.frames import StoredEvent
from services.domain.webhooks import (
    Again,
    Answer,
    Delivered,
    DeliveryStatus,
    GivenUp,
    Parcel,
    Verdict,
)
from services.store.database import Database
from services.store.dialects import DatabaseTime
from services.store.rows import EVENT_COLUMNS
from services.store.tables import (
    workflow_run_events,
    workflow_runs,
    workflow_webhook_deliveries,
    workflow_webhooks,
)

_HOOK: Final = workflow_webhooks.c
_DELIVERY: Final = workflow_webhook_deliveries.c
_LOG: Final = workflow_run_events.c

_FIRST: Final = (
    select(func.min(_DELIVERY.next_at))
    .where(_DELIVERY.webhook_id == _HOOK.id)
    .correlate(workflow_webhooks)
    .scalar_subquery()
)
_AGENDA: Final = select(
    _HOOK.id, _HOOK.event_types, _FIRST.label("due"), DatabaseTime().label("now")
).where(_HOOK.is_active)

_DUE: Final = (
    select(_DELIVERY.id)
    .where(_DELIVERY.webhook_id == bindparam("webhook"), _DELIVERY.next_at <= DatabaseTime())
    .order_by(_DELIVERY.next_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_CLAIM: Final = (
    update(workflow_webhook_deliveries)
    .where(_DELIVERY.id.in_(bindparam("due", expanding=True)))
    .values(
        status=DeliveryStatus.SENDING,
        attempts=_DELIVERY.attempts + 1,
        next_at=DatabaseTime(bindparam("seconds", type_=Float)),
    )
)
_PARCELS: Final = (
    select(
        _DELIVERY.id.label("delivery_id"),
        _DELIVERY.webhook_id,
        _HOOK.url,
        _HOOK.secret,
        workflow_runs.c.project_id,
        workflow_runs.c.workflow_id,
        _DELIVERY.run_id,
        _DELIVERY.attempts,
        _DELIVERY.last_attempt,
        *(column.label(f"event_{column.name}") for column in EVENT_COLUMNS),
    )
    .join(workflow_webhooks, _HOOK.id == _DELIVERY.webhook_id)
    .join(workflow_runs, workflow_runs.c.id == _DELIVERY.run_id)
    .join(workflow_run_events, (_LOG.run_id == _DELIVERY.run_id) & (_LOG.seq == _DELIVERY.seq))
    .where(_DELIVERY.id.in_(bindparam("due", expanding=True)))
    .order_by(_DELIVERY.run_id, _DELIVERY.seq)
)

_IS_MINE: Final = (
    (_DELIVERY.id == bindparam("delivery"))
    & (_DELIVERY.attempts == bindparam("attempt"))
    & (_DELIVERY.status == DeliveryStatus.SENDING)
)
_MINE: Final = (
    update(workflow_webhook_deliveries)
    .where(_IS_MINE)
    .values(response_status=bindparam("answered"), error=bindparam("why"))
)
_END: Final = _MINE.values(
    status=bindparam("ending"), next_at=None, finished_at=DatabaseTime()
).returning(_DELIVERY.id)
_RETRY: Final = _MINE.values(
    status=DeliveryStatus.PENDING, next_at=DatabaseTime(bindparam("seconds", type_=Float))
).returning(_DELIVERY.id)
_GIVE_BACK: Final = (
    update(workflow_webhook_deliveries)
    .where(_IS_MINE)
    .values(status=DeliveryStatus.PENDING, next_at=DatabaseTime())
)
_DEACTIVATE: Final = (
    update(workflow_webhooks).where(_HOOK.id == bindparam("webhook")).values(is_active=False)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Engagement:
    """An active webhook: what it wants to be told, and in how many seconds something is due.

    `due_in` is zero or less where something is due now, None where there is nothing to tell.
    """

    webhook_id: str
    event_types: tuple[str, ...]
    due_in: float | None


class Deliveries:
    """The deliveries in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def agenda(self) -> list[Engagement]:
        """All active webhooks, by the clock of the database; one look into an index for each."""
        return [_engagement(row) for row in await self._database.rows(_AGENDA)]

    async def claim(self, webhook_id: str, most: int, lease_seconds: float) -> list[Parcel]:
        """Take the deliveries of a webhook that are due, those first that wait longest."""
        return await self._database.write(
            lambda connection: _claim(connection, webhook_id, most, lease_seconds)
        )

    async def settle(self, parcel: Parcel, answer: Answer, verdict: Verdict) -> bool:
        """Write down how an attempt ended; False when the lease had ended before."""
        return await self._database.write(
            lambda connection: _settle(connection, parcel, answer, verdict)
        )

    async def give_back(self, parcels: Collection[Parcel]) -> None:
        """Leave deliveries to others, at once; what was on its way may be sent twice."""
        mine = [{"delivery": parcel.id, "attempt": parcel.attempt} for parcel in parcels]
        if mine:
            await self._database.write(lambda connection: connection.execute(_GIVE_BACK, mine))


def _engagement(row: Row[Any]) -> Engagement:
    return Engagement(
        webhook_id=row.id,
        event_types=tuple(row.event_types),
        due_in=None if row.due is None else float((row.due - row.now).total_seconds()),
    )


def _claim(
    connection: Connection, webhook_id: str, most: int, lease_seconds: float
) -> list[Parcel]:
    due: Sequence[str] = (
        connection.execute(_DUE, {"webhook": webhook_id, "most": most}).scalars().all()
    )
    if not due:
        return []
    connection.execute(_CLAIM, {"due": due, "seconds": lease_seconds})
    return [_parcel(row) for row in connection.execute(_PARCELS, {"due": due})]


def _parcel(row: Row[Any]) -> Parcel:
    event = {column.name: getattr(row, f"event_{column.name}") for column in EVENT_COLUMNS}
    return Parcel(
        id=row.delivery_id,
        webhook_id=row.webhook_id,
        url=row.url,
        secret=row.secret,
        project_id=row.project_id,
        workflow_id=row.workflow_id,
        run_id=row.run_id,
        event=StoredEvent(**event),
        attempt=row.attempts,
        last_attempt=row.last_attempt,
    )


def _settle(connection: Connection, parcel: Parcel, answer: Answer, verdict: Verdict) -> bool:
    values = {
        "delivery": parcel.id,
        "attempt": parcel.attempt,
        "answered": answer.status,
        "why": answer.error,
    }
    match verdict:
        case Delivered():
            row = connection.execute(_END, values | {"ending": DeliveryStatus.DELIVERED})
        case Again(seconds=seconds):
            row = connection.execute(_RETRY, values | {"seconds": seconds})
        case GivenUp(is_gone=is_gone):
            if is_gone:
                connection.execute(_DEACTIVATE, {"webhook": parcel.webhook_id})
            row = connection.execute(_END, values | {"ending": DeliveryStatus.FAILED})
        case _:
            assert_never(verdict)
    return row.one_or_none() is not None
