"""Which errors of a database pass."""

from __future__ import annotations

import sqlite3
from typing import Final

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

_PASSING_STATES: Final = ("08", "40", "53", "55P03", "57P")
"""PostgreSQL: connection, conflict, resources, lock, restart."""

_CONFLICT: Final = "40"
"""PostgreSQL: a deadlock, or a transaction that cannot be put in order with others."""


def is_transient(error: SQLAlchemyError) -> bool:
    """Whether the same transaction may succeed a moment later: a lock, a lost connection."""
    if not isinstance(error, DBAPIError):
        return False
    code: int = getattr(error.orig, "sqlite_errorcode", sqlite3.SQLITE_OK)
    locked = code & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
    return (
        locked
        or error.connection_invalidated
        or _cannot_connect(error)
        or _state(error).startswith(_PASSING_STATES)
    )


def is_worth_a_retry(error: DBAPIError) -> bool:
    """Whether the same transaction may succeed at once: a conflict, a connection that was stale."""
    return error.connection_invalidated or _state(error).startswith(_CONFLICT)


def _state(error: DBAPIError) -> str:
    return getattr(error.orig, "sqlstate", None) or ""


def _cannot_connect(error: DBAPIError) -> bool:
    """Whether psycopg could not reach the server: it has no SQLSTATE for that."""
    connection = getattr(error.orig, "pgconn", None)
    return connection is not None and not _state(error)
