"""How a database is opened and spoken to: what SQLAlchemy leaves to each driver."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from pydantic_core import to_json
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text

from services.ports import Ahead
from services.store.bells import Bells
from services.store.dialects import NOW

_UPGRADE_LOCK: Final = 0x776F726B  # any number; all processes that upgrade agree on it

_POSTGRES_CONNECTION: Final = {
    "connect_timeout": "5",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "20000",  # milliseconds
}
"""A server that vanished is noticed within seconds; a URL may say otherwise."""

_POSTGRES_SESSION: Final = (
    "SET timezone = 'UTC'",
    # A process that is stopped in the middle of a transaction must not keep its locks.
    "SET idle_in_transaction_session_timeout = '10s'",
    "SET lock_timeout = '10s'",
)


_LATER: Final = {
    "sqlite": "'now', '{} seconds'",
    "postgresql": "(clock_timestamp() + make_interval(secs => {}))",
}


def open_engine(url: str) -> Engine:
    """An engine for a URL that `normalise_database_url` made; a file's folder is made too.

    Raises:
        ModuleNotFoundError: the driver is not installed.
    """
    made = make_url(url)
    # Parameters are what users put into their runs: nothing for an error message or a log line.
    engine = create_engine(
        made, json_serializer=_to_json, hide_parameters=True, connect_args=connection_defaults(made)
    )
    if engine.dialect.name == "sqlite":
        Path(made.database or "").parent.mkdir(parents=True, exist_ok=True)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "connect", _prepare_postgres)
    return engine


def connection_defaults(url: URL) -> dict[str, Any]:
    """What every connection to a server is told, unless the URL says otherwise."""
    if url.get_backend_name() == "sqlite":
        return {}
    return {name: value for name, value in _POSTGRES_CONNECTION.items() if name not in url.query}


def shift_clock(engine: Engine, ahead: Ahead) -> None:
    """Have what is asked of the database see its clock so far ahead."""

    def shifted(*asked: Any) -> tuple[str, Any]:
        statement, parameters = asked[2:4]
        return statement.replace(now, later.format(ahead().total_seconds())), parameters

    now = NOW[engine.dialect.name]
    later = _LATER[engine.dialect.name]
    event.listen(engine, "before_cursor_execute", shifted, retval=True)


def for_reads(engine: Engine) -> Engine:
    """The same engine for transactions that see one moment of the database and change nothing."""
    if engine.dialect.name == "sqlite":
        return engine
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def for_writes(engine: Engine, bells: Bells | None) -> Engine:
    """The same engine for transactions that write, and that ring these bells where one has to."""
    return engine.execution_options(writes=True, bells=bells)


def bells_of(engine: Engine) -> Bells | None:
    """The bells of those who share this database, where it cannot speak for itself."""
    if engine.dialect.name != "sqlite":
        return None
    file = Path(engine.url.database or "").absolute()
    return Bells(file.with_name(f"{file.name}-bells"))


def backends_of(engine: Engine) -> set[int]:
    """The ids of the server's processes that serve this engine, kept up to date; none for files."""
    backends: set[int] = set()
    if engine.dialect.name == "postgresql":
        event.listen(engine, "connect", lambda made, _: backends.add(made.info.backend_pid))
        event.listen(engine, "close", lambda made, _: backends.discard(made.info.backend_pid))
    return backends


def lock_upgrades(connection: Connection) -> None:
    """Wait until no other process upgrades the database; SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL lock_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADE_LOCK})


def transaction_mark(connection: Connection) -> str | None:
    """What a server knows the transaction by afterwards; None when it has written nothing.

    Nothing can be lost on the way to a file, so SQLite needs no such mark.
    """
    if connection.dialect.name == "sqlite" or not _writes(connection):
        return None
    mark = "SELECT pg_current_xact_id_if_assigned()::text"
    return connection.exec_driver_sql(mark).scalar_one()  # type: ignore[no-any-return]


def was_committed(engine: Engine, mark: str) -> bool | None:
    """Whether the transaction with this mark is in the database; None while it is not decided."""
    status = text("SELECT pg_xact_status(CAST(CAST(:mark AS text) AS xid8))")
    with engine.connect() as connection:
        found = connection.execute(status, {"mark": mark}).scalar_one()
    return None if found == "in progress" else found == "committed"


def _writes(connection: Connection) -> bool:
    return bool(connection.get_execution_options().get("writes", False))


def _to_json(value: object) -> str:
    return to_json(value, inf_nan_mode="null", fallback=dict).decode()


def _prepare_postgres(connection: Any, _record: object) -> None:
    connection.autocommit = True
    for setting in _POSTGRES_SESSION:
        connection.execute(setting)
    connection.autocommit = False


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
    connection.exec_driver_sql("BEGIN IMMEDIATE" if _writes(connection) else "BEGIN")
