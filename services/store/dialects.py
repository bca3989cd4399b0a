"""Where SQLite and PostgreSQL need different words for the same thing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Connection, Executable, Insert, Table, literal, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

from services.store.columns import Timestamp

NOW: Final = MappingProxyType({"sqlite": "'now'", "postgresql": "clock_timestamp()"})
"""What each database calls the moment of its clock."""

_NOT_AHEAD: Final = literal(0.0)
_TAKE_TURNS: Final = text("SELECT pg_advisory_xact_lock(hashtextextended(:about, 0))")


class DatabaseTime(FunctionElement[datetime]):
    """The moment by the clock of the database, some seconds ahead of now.

    Leases of many processes are compared with one another, so no process may use its own clock.
    """

    inherit_cache: bool | None = True
    type: TypeEngine[datetime] = Timestamp()

    def __init__(self, ahead: ColumnElement[float] = _NOT_AHEAD) -> None:
        super().__init__(ahead)


def upserts(table: Table) -> Mapping[str, Insert]:
    """For each database the statement that inserts a row, or updates the one with its key."""
    return MappingProxyType(
        {
            "sqlite": _upsert(sqlite.insert(table)),
            "postgresql": _upsert(postgresql.insert(table)),
        }
    )


def missing_inserts(table: Table) -> Mapping[str, Executable]:
    """For each database the statement that inserts a row unless one of its unique keys is taken.

    It returns the key of the row, and nothing where there was no place for it.
    """
    return MappingProxyType(
        {
            "sqlite": _insert_missing(sqlite.insert(table), table.primary_key),
            "postgresql": _insert_missing(postgresql.insert(table), table.primary_key),
        }
    )


def was_inserted(
    connection: Connection, inserts: Mapping[str, Executable], row: Mapping[str, Any]
) -> bool:
    """Insert a row with one of the `missing_inserts`; whether there was a place for it."""
    statement = inserts[connection.dialect.name]
    return connection.execute(statement, row).one_or_none() is not None


def take_turns(connection: Connection, *about: str) -> None:
    """Until this transaction ends, no other one passes here that is about the same.

    SQLite lets one transaction write at a time anyway.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(_TAKE_TURNS, {"about": json.dumps(about)})


def _upsert(insert: sqlite.Insert | postgresql.Insert) -> Insert:
    key = {column.name for column in insert.table.primary_key}
    values = {column.name: column for column in insert.excluded if column.name not in key}
    return insert.on_conflict_do_update(index_elements=sorted(key), set_=values)


def _insert_missing(
    insert: sqlite.Insert | postgresql.Insert, key: Iterable[Column[Any]]
) -> Executable:
    return insert.on_conflict_do_nothing().returning(*key)


@compiles(DatabaseTime)
def _as_interval(element: DatabaseTime, compiler: SQLCompiler, **options: Any) -> str:
    ahead = compiler.process(_only(element.clauses), **options)
    return f"{NOW['postgresql']} + make_interval(secs => {ahead})"


@compiles(DatabaseTime, "sqlite")
def _as_text(element: DatabaseTime, compiler: SQLCompiler, **options: Any) -> str:
    # The same text as SQLAlchemy stores: six digits after the point, though SQLite knows three.
    ahead = compiler.process(_only(element.clauses), **options)
    return f"strftime('%Y-%m-%d %H:%M:%f000', {NOW['sqlite']}, {ahead} || ' seconds')"


def _only(clauses: Iterable[Any]) -> Any:
    (clause,) = clauses
    return clause
