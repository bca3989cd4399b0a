"""Tells other processes that a log has grown, where the database can do so: on PostgreSQL.

The message says which run and from which seq on; what happened is in the log. It is part of the
transaction that wrote the events: no commit, no message, and no commit without one.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Engine, text

from services.errors import DatabaseUnavailableError
from services.store.engines import connection_defaults

_CHANNEL: Final = "workflow_run_events"

_NOTIFY: Final = text(
    "SELECT pg_notify(:channel, message) FROM unnest(CAST(:messages AS text[])) AS message"
)


@dataclass(frozen=True, slots=True)
class Growth:
    """The log of a run has new entries from this seq on; `sender` is a connection's backend."""

    run_id: str
    seq: int
    sender: int


def notify(connection: Connection, grown: Mapping[str, int]) -> None:
    """Have it said, when this transaction commits, from which seq on the logs of runs are new."""
    if grown and connection.dialect.name == "postgresql":
        messages = [f"{run_id}:{seq}" for run_id, seq in grown.items()]
        connection.execute(_NOTIFY, {"channel": _CHANNEL, "messages": messages})


def can_notify(engine: Engine) -> bool:
    """Whether processes that share this database hear of one another."""
    return engine.dialect.name == "postgresql"


async def growth(engine: Engine) -> AsyncGenerator[Growth | None, None]:
    """What all processes say from now on; first None, when it can be heard.

    Raises:
        DatabaseUnavailableError: the connection is lost, or cannot be made.
    """
    driver: Any = engine.dialect.loaded_dbapi
    arguments = engine.dialect.create_connect_args(engine.url)[1]
    defaults = connection_defaults(engine.url)
    try:
        connection = await driver.AsyncConnection.connect(
            autocommit=True, **{**defaults, **arguments}
        )
        async with connection:
            await connection.execute(f"LISTEN {_CHANNEL}")
            yield None
            async for message in connection.notifies():
                run_id, _, seq = message.payload.rpartition(":")
                yield Growth(run_id, int(seq), message.pid)
    except driver.Error as error:
        raise DatabaseUnavailableError(str(error)) from error
