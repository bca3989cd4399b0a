"""Opens the database and runs transactions on it.

A transaction is a plain function of a connection, and a thread runs it from begin to commit in one
hop. Statement by statement through an async driver every statement is a hop of its own: measured
on SQLite, reading a page and committing a group took two to three times as long, of the event
loop's time too. It also makes cancelling harmless: whoever waited goes away, the transaction ends.

There is one thread for writes, since SQLite has one writer at a time anyway, and a few for reads,
which WAL lets see the last commit without waiting for the writer.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final, TypeVar

from alembic import command
from alembic.config import Config
from pydantic_core import to_json
from sqlalchemy import Connection, Engine, Executable, Row, create_engine, event, make_url, text

from services.errors import DatabaseDriverError
from services.settings import normalise_database_url
from services.store.lanes import Lane, Work
from services.store.look import MIGRATIONS

T = TypeVar("T")

READERS: Final = 4
_UPGRADE_LOCK: Final = 0x776F726B  # any number; all processes that upgrade agree on it


class Database:
    """Runs transactions. Made by `open_database`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reads = Lane(engine, READERS, "workflow-read")
        self._writes = Lane(engine.execution_options(writes=True), 1, "workflow-write")

    async def read(self, work: Work[T]) -> T:
        """What `work` finds in one consistent view of the database."""
        return await self._reads.run(work)

    async def write(self, work: Work[T]) -> T:
        """What `work` returns, after all that it wrote is committed; nothing is when it raises.

        It may be called twice: the transaction that it shared is made again without whoever failed.
        """
        return await self._writes.run(work)

    async def rows(
        self, query: Executable, values: Mapping[str, Any] | None = None
    ) -> Sequence[Row[Any]]:
        """The rows of one query, with these values in the place of its parameters."""
        return await self.read(lambda connection: connection.execute(query, values).all())

    async def upgrade(self) -> None:
        """Bring the tables to what this version needs; many processes may do so at once."""
        await self.write(_upgrade)

    async def close(self) -> None:
        """Wait for what runs, then give back threads and connections."""
        await self._writes.close()
        await self._reads.close()
        await asyncio.to_thread(self._engine.dispose)


@asynccontextmanager
async def open_database(url: str) -> AsyncIterator[Database]:
    """A database for as long as the block lasts; the file and its folder are made when missing.

    Raises:
        DatabaseDriverError: the driver for this kind of database is not installed.
    """
    try:
        database = Database(_engine(normalise_database_url(url)))
    except ModuleNotFoundError as error:
        raise DatabaseDriverError(error.name) from error
    try:
        yield database
    finally:
        await database.close()


def _upgrade(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADE_LOCK})
    config = Config()
    config.set_main_option("script_location", MIGRATIONS)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _engine(url: str) -> Engine:
    # Parameters are what users put into their runs: nothing for an error message or a log line.
    engine = create_engine(url, json_serializer=_to_json, hide_parameters=True)
    if engine.dialect.name == "sqlite":
        Path(make_url(url).database or "").parent.mkdir(parents=True, exist_ok=True)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _to_json(value: object) -> str:
    return to_json(value, inf_nan_mode="null", fallback=dict).decode()


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # Without this the driver begins transactions itself, late and never IMMEDIATE.
    connection.isolation_level = None
    for pragma in ("busy_timeout=30000", "foreign_keys=ON", "synchronous=NORMAL"):
        connection.execute(f"PRAGMA {pragma}")
    with suppress(sqlite3.OperationalError):
        # A property of the file. Locked means that another process is just switching it.
        connection.execute("PRAGMA journal_mode=WAL")


def _begin_sqlite(connection: Connection) -> None:
    # A reader that turns writer half-way fails at once when somebody else wrote: say it first.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
