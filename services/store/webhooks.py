"""The webhooks in the database, and the log of their deliveries, to be read and changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    Connection,
    Executable,
    Row,
    bindparam,
    delete,
    insert,
    select,
    tuple_,
    update,
)

from services.domain.once import Once
from services.domain.webhooks import MAX_ATTEMPTS, Delivery, DeliveryStatus, Webhook
from services.errors import CursorError, IdempotencyError
from services.ports import Ids
from services.store.database import Database
from services.store.dialects import DatabaseTime
from services.store.notifications import ask
from services.store.once import made_before
from services.store.paging import Page, from_cursor, page_of
from services.store.tables import workflow_webhook_deliveries, workflow_webhooks
from workflow_compiler.ports import WallClock

PAGE_LIMIT: Final = 200

_HOOK: Final = workflow_webhooks.c
_DELIVERY: Final = workflow_webhook_deliveries.c
_HOOK_COLUMNS: Final = tuple(_HOOK[name] for name in Webhook.__dataclass_fields__)
_DELIVERY_COLUMNS: Final = tuple(_DELIVERY[name] for name in Delivery.__dataclass_fields__)

_IS_IT: Final = (_HOOK.project_id == bindparam("project")) & (_HOOK.id == bindparam("webhook"))
_ONE: Final = select(*_HOOK_COLUMNS).where(_IS_IT)
_ONE_AND_SECRET: Final = select(*_HOOK_COLUMNS, _HOOK.secret).where(_IS_IT)
_CHANGE: Final = update(workflow_webhooks).where(_IS_IT).returning(*_HOOK_COLUMNS)
_REMOVE: Final = delete(workflow_webhooks).where(_IS_IT).returning(_HOOK.id)
_ONE_DELIVERY: Final = select(*_DELIVERY_COLUMNS).where(
    _DELIVERY.webhook_id == bindparam("webhook"), _DELIVERY.id == bindparam("delivery")
)
_SEND_AGAIN: Final = (
    update(workflow_webhook_deliveries)
    .where(
        _DELIVERY.webhook_id == bindparam("webhook"),
        _DELIVERY.id == bindparam("delivery"),
        _DELIVERY.status != DeliveryStatus.SENDING,
    )
    .values(
        status=DeliveryStatus.PENDING,
        last_attempt=_DELIVERY.attempts + MAX_ATTEMPTS,
        next_at=DatabaseTime(),
        finished_at=None,
    )
    .returning(*_DELIVERY_COLUMNS)
)


class Webhooks:
    """The webhooks of all projects. What is read never holds a secret."""

    def __init__(self, database: Database, clock: WallClock, ids: Ids) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids

    async def add(
        self,
        project_id: str,
        url: str,
        event_types: Sequence[str],
        secret: str,
        once: Once | None = None,
    ) -> tuple[Webhook, str]:
        """A new webhook, which is told of what happens from now on; or the one that was asked for.

        Returns:
            The webhook and its secret.

        Raises:
            IdempotencyError: the key was used for another request, or for a webhook that is gone.
        """
        webhook = Webhook(
            id=self._ids.new(),
            project_id=project_id,
            url=url,
            event_types=tuple(event_types),
            is_active=True,
            created_at=self._clock.now(),
        )
        row = {name: getattr(webhook, name) for name in Webhook.__dataclass_fields__}

        def add(connection: Connection) -> tuple[Webhook, str]:
            made = made_before(connection, project_id, once, webhook.id, webhook.created_at)
            if once is not None and made is not None:
                return _made(connection, project_id, made, once)
            ask(connection)
            connection.execute(insert(workflow_webhooks), row | {"secret": secret})
            return webhook, secret

        return await self._database.write(add)

    async def get(self, project_id: str, webhook_id: str) -> Webhook | None:
        """The webhook with this id."""
        rows = await self._database.rows(_ONE, {"project": project_id, "webhook": webhook_id})
        return _webhook(rows[0]) if rows else None

    async def page(
        self, project_id: str, *, cursor: str | None = None, limit: int = 50
    ) -> Page[Webhook]:
        """The webhooks of a project, newest first.

        Raises:
            CursorError: no page gave this cursor.
        """
        limit = min(limit, PAGE_LIMIT)
        query = select(*_HOOK_COLUMNS).where(_HOOK.project_id == project_id)
        if cursor is not None:
            query = query.where(_HOOK.id < from_cursor(cursor, str)[0])
        rows = await self._database.rows(query.order_by(_HOOK.id.desc()).limit(limit + 1))
        return page_of(rows, limit, _webhook, lambda row: [row.id])

    async def change(
        self, project_id: str, webhook_id: str, changes: Mapping[str, Any]
    ) -> Webhook | None:
        """The webhook with other values in these columns; None when there is none."""
        values = {"project": project_id, "webhook": webhook_id}
        statement = _CHANGE.values(dict(changes)) if changes else _ONE
        row = await self._changed(statement, values)
        return None if row is None else _webhook(row)

    async def remove(self, project_id: str, webhook_id: str) -> bool:
        """Take a webhook away with the log of its deliveries; whether it was there."""
        values = {"project": project_id, "webhook": webhook_id}
        return await self._changed(_REMOVE, values) is not None

    async def deliveries(
        self,
        webhook_id: str,
        *,
        status: DeliveryStatus | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page[Delivery]:
        """What a webhook was told or will be, newest first.

        Raises:
            CursorError: no page gave this cursor.
        """
        limit = min(limit, PAGE_LIMIT)
        query = select(*_DELIVERY_COLUMNS).where(_DELIVERY.webhook_id == webhook_id)
        if status is not None:
            query = query.where(_DELIVERY.status == status)
        if cursor is not None:
            query = query.where(
                tuple_(_DELIVERY.created_at, _DELIVERY.id) < tuple_(*_place(cursor))
            )
        newest = query.order_by(_DELIVERY.created_at.desc(), _DELIVERY.id.desc()).limit(limit + 1)
        rows = await self._database.rows(newest)
        return page_of(rows, limit, _delivery, lambda row: [row.created_at.isoformat(), row.id])

    async def delivery(self, webhook_id: str, delivery_id: str) -> Delivery | None:
        """One delivery of a webhook."""
        values = {"webhook": webhook_id, "delivery": delivery_id}
        rows = await self._database.rows(_ONE_DELIVERY, values)
        return _delivery(rows[0]) if rows else None

    async def send_again(self, webhook_id: str, delivery_id: str) -> Delivery | None:
        """Have a delivery sent now, with all its attempts; None while somebody is sending it."""
        values = {"webhook": webhook_id, "delivery": delivery_id}
        row = await self._changed(_SEND_AGAIN, values)
        return None if row is None else _delivery(row)

    async def _changed(self, statement: Executable, values: Mapping[str, Any]) -> Row[Any] | None:
        """The row that a statement changes; those who send in other processes are told to look."""

        def change(connection: Connection) -> Row[Any] | None:
            ask(connection)
            return connection.execute(statement, values).one_or_none()

        return await self._database.write(change)


def _made(connection: Connection, project_id: str, made: str, once: Once) -> tuple[Webhook, str]:
    values = {"project": project_id, "webhook": made}
    row = connection.execute(_ONE_AND_SECRET, values).one_or_none()
    if row is None:
        raise IdempotencyError(once.key)
    *columns, secret = row
    return _webhook_of(dict(zip(Webhook.__dataclass_fields__, columns, strict=True))), secret


def _webhook(row: Row[Any]) -> Webhook:
    return _webhook_of(row._asdict())


def _webhook_of(columns: Mapping[str, Any]) -> Webhook:
    return Webhook(**{**columns, "event_types": tuple(columns["event_types"])})


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(**row._asdict() | {"status": DeliveryStatus(row.status)})


def _place(cursor: str) -> tuple[datetime, str]:
    created_at, delivery_id = from_cursor(cursor, str, str)
    try:
        return datetime.fromisoformat(created_at), delivery_id
    except ValueError as error:
        raise CursorError(cursor) from error
