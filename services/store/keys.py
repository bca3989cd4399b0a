"""The API keys in the database. Of a key's text it holds the prefix and a digest, nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from services.domain.access import Key, Scope, digest_of, prefix_of, scopes_of
from services.domain.once import Once
from services.errors import KeyExistsError
from services.ports import Ids
from services.store.database import Database
from services.store.once import NO_PROJECT, made_before
from services.store.paging import Page, from_cursor, page_of
from services.store.tables import workflow_api_keys
from workflow_compiler.ports import WallClock

PAGE_LIMIT: Final = 200

_KEY: Final = workflow_api_keys.c
_COLUMNS: Final = tuple(_KEY[name] for name in Key.__dataclass_fields__)
_BY_PREFIX: Final = select(*_COLUMNS, _KEY.digest).where(_KEY.prefix == bindparam("wanted"))
_ONE: Final = select(*_COLUMNS).where(_KEY.id == bindparam("wanted"))
_ANY: Final = select(_KEY.id).limit(1)
_REVOKE: Final = (
    update(workflow_api_keys)
    .where(_KEY.id == bindparam("wanted"), _KEY.revoked_at.is_(None))
    .values(revoked_at=bindparam("now"))
)


class Keys:
    """The API keys of all projects."""

    def __init__(self, database: Database, clock: WallClock, ids: Ids) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self._has_any = False

    async def add(
        self,
        text: str,
        name: str,
        project_id: str | None,
        scopes: frozenset[Scope],
        expires_at: datetime | None,
        once: Once | None = None,
    ) -> Key:
        """A new key with this text, which is forgotten at once.

        Raises:
            KeyExistsError: the same request has made one before.
            IdempotencyError: the idempotency key was used for another request.
        """
        key = Key(
            id=self._ids.new(),
            project_id=project_id,
            name=name,
            prefix=prefix_of(text) or "",
            scopes=scopes,
            created_at=self._clock.now(),
            expires_at=expires_at,
            revoked_at=None,
        )
        row = {field: getattr(key, field) for field in Key.__dataclass_fields__}
        row |= {"scopes": sorted(scopes), "digest": digest_of(text)}

        def add(connection: Connection) -> None:
            project = project_id or NO_PROJECT
            if made := made_before(connection, project, once, key.id, key.created_at):
                raise KeyExistsError(made)
            connection.execute(insert(workflow_api_keys), row)

        await self._database.write(add)
        return key

    async def any(self) -> bool:
        """Whether there has ever been a key; a revoked one counts, so that no door opens again."""
        if not self._has_any:
            self._has_any = bool(await self._database.rows(_ANY))
        return self._has_any

    async def by_prefix(self, prefix: str) -> tuple[Key, str] | None:
        """The key with this prefix, and the digest that its text must have."""
        rows = await self._database.rows(_BY_PREFIX, {"wanted": prefix})
        return (_key(rows[0]), rows[0].digest) if rows else None

    async def get(self, key_id: str) -> Key | None:
        """The key with this id."""
        rows = await self._database.rows(_ONE, {"wanted": key_id})
        return _key(rows[0]) if rows else None

    async def page(
        self, project_id: str | None = None, *, cursor: str | None = None, limit: int = 50
    ) -> Page[Key]:
        """The keys of a project, or all keys; newest first.

        Raises:
            CursorError: no page gave this cursor.
        """
        limit = min(limit, PAGE_LIMIT)
        query = select(*_COLUMNS)
        if project_id is not None:
            query = query.where(_KEY.project_id == project_id)
        if cursor is not None:
            query = query.where(_KEY.id < from_cursor(cursor, str)[0])
        rows = await self._database.rows(query.order_by(_KEY.id.desc()).limit(limit + 1))
        return page_of(rows, limit, _key, lambda row: [row.id])

    async def revoke(self, key: Key) -> Key:
        """The key, which opens nothing any more; the first moment of that stays."""
        now = self._clock.now()
        values = {"wanted": key.id, "now": now}
        await self._database.write(lambda connection: connection.execute(_REVOKE, values))
        return key if key.revoked_at is not None else replace(key, revoked_at=now)


def _key(row: Row[Any]) -> Key:
    columns = {name: getattr(row, name) for name in Key.__dataclass_fields__}
    return Key(**columns | {"scopes": scopes_of(row.scopes)})
