"""A database that somebody else keeps locked, and those who try again meanwhile."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import structlog
from structlog.typing import EventDict

from services.store.database import Database


async def make_impatient(database: Database) -> None:
    """Have the driver say at once that the database is locked, and not wait for it."""
    await database.write(lambda connection: connection.exec_driver_sql("PRAGMA busy_timeout=0"))


@contextmanager
def locked(path: Path) -> Iterator[asyncio.Queue[str]]:
    """Nobody else can write to the database of this file; the log says who tries again."""
    said: asyncio.Queue[str] = asyncio.Queue()

    def note(_logger: Any, _method: str, line: EventDict) -> EventDict:
        said.put_nowait(line["event"])
        return line

    with (
        closing(sqlite3.connect(path, isolation_level=None)) as other,
        structlog.testing.capture_logs(processors=[note]),
    ):
        other.execute("BEGIN IMMEDIATE")
        yield said
