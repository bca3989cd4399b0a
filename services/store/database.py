"""Opens the database and runs transactions on it.

A transaction is a plain function of a connection, and a thread runs it from begin to commit in one
hop. Statement by statement through an async driver every statement is a hop of its own: measured
on SQLite, reading a page and committing a group took two to three times as long, of the event
loop's time too. It also makes cancelling harmless: whoever waited goes away, the transaction ends.

There is one thread for writes and a few for reads, which see the last commit without waiting for
the writer. SQLite has one writer at a time anyway; on PostgreSQL what waits for the one of this
process goes together into its next transaction, so that more of them would only commit more often.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from importlib import import_module
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Engine, Executable, Row
from sqlalchemy.exc import OperationalError

from services.domain.news import News
from services.errors import DatabaseDriverError, DatabaseUnavailableError
from services.ports import Ahead
from services.settings import normalise_database_url
from services.store.engines import (
    backends_of,
    bells_of,
    for_reads,
    for_writes,
    open_engine,
    shift_clock,
)
from services.store.lanes import Lane
from services.store.notifications import can_notify, news
from services.store.revisions import is_current, known_revisions, revision_of
from services.store.transactions import Work

T = TypeVar("T")

READERS: Final = 4


class Database:
    """Runs transactions. Made by `open_database`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._backends = backends_of(engine)
        self._reads = Lane(for_reads(engine), READERS, "workflow-read")
        self._bells = bells_of(engine)
        self._writes = Lane(for_writes(engine, self._bells), 1, "workflow-write")

    async def read(self, work: Work[T]) -> T:
        """What `work` finds in one consistent view of the database."""
        return await self._reads.run(work)

    async def write(self, work: Work[T]) -> T:
        """What `work` returns, after all that it wrote is committed; nothing is when it raises.

        It may be called again: after a neighbour in its transaction failed, after a deadlock.
        """
        return await self._writes.run(work)

    async def rows(
        self, query: Executable, values: Mapping[str, Any] | None = None
    ) -> Sequence[Row[Any]]:
        """The rows of one query, with these values in the place of its parameters."""
        return await self.read(lambda connection: connection.execute(query, values).all())

    async def upgrade(self) -> None:
        """Bring the tables to what this version needs; many processes may do so at once.

        Raises:
            DatabaseUnavailableError: the database cannot be reached, or lets nobody in.
        """
        try:
            await self.write(_upgrade)
        except OperationalError as error:
            raise DatabaseUnavailableError(str(error.orig)) from error

    async def is_outdated(self) -> bool:
        """Whether the tables are of an older version: of a newer one they serve this one too."""
        return await self.read(_is_outdated)

    @property
    def can_notify(self) -> bool:
        """Whether processes that share this database can hear of one another: see `news`."""
        return can_notify(self._engine)

    def rings(self, hear: Callable[[], None]) -> AbstractContextManager[None]:
        """Call `hear` when another process asks something of runs, where `news` has nothing."""
        return nullcontext() if self._bells is None else self._bells.heard_by(hear)

    def news(self) -> AsyncGenerator[News | None, None]:
        """What all processes say; first None, when it can be heard.

        Raises:
            DatabaseUnavailableError: the connection is lost, or cannot be made.
        """
        return news(self._engine)

    def is_mine(self, sender: int) -> bool:
        """Whether a backend of the server serves, or served, a connection of this object."""
        return sender in self._backends

    async def close(self) -> None:
        """Wait for what runs, then give back threads and connections."""
        await self._writes.close()
        await self._reads.close()
        await asyncio.to_thread(self._engine.dispose)


@asynccontextmanager
async def open_database(url: str, ahead: Ahead | None = None) -> AsyncIterator[Database]:
    """A database for as long as the block lasts; the file and its folder are made when missing.

    With `ahead` its clock seems to be so far ahead.

    Raises:
        DatabaseDriverError: the driver for this kind of database is not installed.
        DatabaseUnavailableError: there is no place for the file.
    """
    try:
        engine = open_engine(normalise_database_url(url))
    except ModuleNotFoundError as error:
        raise DatabaseDriverError(error.name) from error
    except OSError as error:
        raise DatabaseUnavailableError(str(error)) from error
    if ahead is not None:
        shift_clock(engine, ahead)
    database = Database(engine)
    try:
        yield database
    finally:
        await database.close()


def _is_outdated(connection: Connection) -> bool:
    found = revision_of(connection)
    return found is None or found in known_revisions()[:-1]


def _upgrade(connection: Connection) -> None:
    if not is_current(connection):
        import_module("services.store.upgrades").upgrade(connection)
