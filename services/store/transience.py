"""Which errors of a database pass."""

from __future__ import annotations

import sqlite3
from typing import Final

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

_PASSING_STATES: Final = ("08", "40", "55P03", "57P")
"""PostgreSQL: connection, conflict, lock, restart."""


def is_transient(error: SQLAlchemyError) -> bool:
    """Whether the same transaction may succeed a moment later: a lock, a lost connection."""
    if not isinstance(error, DBAPIError):
        return False
    code: int = getattr(error.orig, "sqlite_errorcode", sqlite3.SQLITE_OK)
    state: str = getattr(error.orig, "sqlstate", None) or ""
    locked = code & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
    return locked or error.connection_invalidated or state.startswith(_PASSING_STATES)
