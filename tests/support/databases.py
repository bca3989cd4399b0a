"""Databases that have their tables at once: the migrations run once in every process of tests.

That these make the tables, on each kind of database, has tests of its own.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
from sqlalchemy import event, make_url

from services.settings import normalise_database_url
from services.store.engines import for_writes, open_engine
from services.store.transactions import transact
from services.store.upgrades import upgrade
from tests.support.postgres import schema


@cache
def furnish(url: str) -> None:
    """Make the tables in a new database; one that is there is left as it is."""
    made = make_url(normalise_database_url(url))
    if made.get_backend_name() != "sqlite":
        plain = made.set(drivername="postgresql")
        _furnish_schema(plain.render_as_string(hide_password=False))
    elif not (file := Path(made.database or "")).exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(_file())


def _furnish_schema(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        if connection.execute("SELECT to_regclass('alembic_version')").fetchone() == (None,):
            connection.execute(_statements(url.partition("?")[0]))


@cache
def _file() -> bytes:
    """A SQLite file as the migrations make it."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "new.db"
        _upgrade(f"sqlite:///{file}", lambda *_: None)
        return file.read_bytes()


@cache
def _statements(database: str) -> bytes:
    """All that the migrations say to a PostgreSQL server, as one script."""
    said: list[str] = []
    url = schema(database)
    with psycopg.connect(url) as connection:
        cursor = psycopg.ClientCursor(connection)

        def note(*asked: Any) -> None:
            statement, parameters = asked[2:4]
            said.append(cursor.mogrify(statement, parameters))

        _upgrade(url, note)
    return ";\n".join(["BEGIN", *said, "COMMIT"]).encode()


def _upgrade(url: str, note: Any) -> None:
    engine = open_engine(normalise_database_url(url))
    event.listen(engine, "before_cursor_execute", note)
    transact(for_writes(engine, None), upgrade)
    engine.dispose()
