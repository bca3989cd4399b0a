"""Tells other processes that a log has grown, or that something was asked of runs.

PostgreSQL does both: a message is part of the transaction that wrote what it is about, so there is
no commit without one, and none without a commit. That a log has grown it says with the run and the
first new seq. Beside a SQLite file only the asking is heard, through `services.store.bells`.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Engine, text

from services.errors import DatabaseUnavailableError
from services.store.bells import Bells
from services.store.engines import connection_defaults

_CHANNEL: Final = "workflow_run_events"
_ASKED: Final = "workflow_runs_asked"
_RINGS: Final = "rings"

_NOTIFY: Final = text(
    "SELECT pg_notify(:channel, message) FROM unnest(CAST(:messages AS text[])) AS message"
)


@dataclass(frozen=True, slots=True)
class Growth:
    """The log of a run has new entries from this seq on; `sender` is a connection's backend.

    Without a run: something was asked of runs, and those in the database say what.
    """

    run_id: str | None
    seq: int
    sender: int


def ask(connection: Connection) -> None:
    """Have it said, when this transaction commits, that something was asked of runs."""
    if connection.dialect.name == "postgresql":
        connection.execute(_NOTIFY, {"channel": _ASKED, "messages": [""]})
    else:
        connection.info[_RINGS] = True


def forget(connection: Connection) -> None:
    """Before a transaction: one that was rolled back on this connection has nothing to say."""
    connection.info.pop(_RINGS, None)


def bells_to_ring(connection: Connection) -> Bells | None:
    """Before a commit: what is to be rung after it, when the connection may be lost."""
    bells: Bells | None = connection.get_execution_options().get("bells")
    return bells if connection.info.pop(_RINGS, False) else None


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
            await connection.execute(f"LISTEN {_ASKED}")
            yield None
            async for message in connection.notifies():
                yield _heard(message.channel, message.payload, message.pid)
    except driver.Error as error:
        raise DatabaseUnavailableError(str(error)) from error


def _heard(channel: str, payload: str, sender: int) -> Growth:
    if channel == _ASKED:
        return Growth(None, 0, sender)
    run_id, _, seq = payload.rpartition(":")
    return Growth(run_id, int(seq), sender)
