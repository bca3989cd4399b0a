"""Tells other processes that a log has grown, or that something was asked of runs.

PostgreSQL does both: a message is part of the transaction that wrote what it is about, so there is
no commit without one, and none without a commit. That a log has grown it says with the run, the
first and the last new seq; it also carries what processes say to one another about things that are
not written. Beside a SQLite file only the asking is heard, through `services.store.bells`.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Engine, text

from services.domain.news import Asked, Growth, News, Spoken
from services.errors import DatabaseUnavailableError
from services.store.bells import Bells
from services.store.engines import connection_defaults

_CHANNEL: Final = "workflow_run_events"
_ASKED: Final = "workflow_runs_asked"
_SPOKEN: Final = "workflow_spoken"
_RINGS: Final = "rings"

_NOTIFY: Final = text(
    "SELECT pg_notify(:channel, message) FROM unnest(CAST(:messages AS text[])) AS message"
)


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


def notify(connection: Connection, grown: Mapping[str, tuple[int, int]]) -> None:
    """Have it said, when this transaction commits, which seqs of the logs of runs are new."""
    if grown and connection.dialect.name == "postgresql":
        messages = [f"{run_id}:{first}:{last}" for run_id, (first, last) in grown.items()]
        connection.execute(_NOTIFY, {"channel": _CHANNEL, "messages": messages})


def speak(connection: Connection, messages: Sequence[str]) -> None:
    """Have this said, when this transaction commits, before the growth of what it writes then."""
    if messages and connection.dialect.name == "postgresql":
        connection.execute(_NOTIFY, {"channel": _SPOKEN, "messages": list(messages)})


def can_notify(engine: Engine) -> bool:
    """Whether processes that share this database hear of one another."""
    return engine.dialect.name == "postgresql"


async def news(engine: Engine) -> AsyncGenerator[News | None, None]:
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
            await connection.execute(f"LISTEN {_SPOKEN}")
            yield None
            async for message in connection.notifies():
                yield _heard(message.channel, message.payload, message.pid)
    except driver.Error as error:
        raise DatabaseUnavailableError(str(error)) from error


def _heard(channel: str, payload: str, sender: int) -> News:
    if channel == _ASKED:
        return Asked(sender)
    if channel == _SPOKEN:
        return Spoken(payload, sender)
    run_id, first, last = payload.rsplit(":", 2)
    return Growth(run_id, int(first), int(last), sender)
