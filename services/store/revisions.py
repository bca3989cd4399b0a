"""Which version the tables of a database have, and which ones there are.

A database that is up to date, as nearly all are that are opened, is not worth loading Alembic for:
that takes longer than most commands do.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from sqlalchemy import Connection, inspect, text


@cache
def known_revisions() -> tuple[str, ...]:
    """All versions that the tables may have, the newest last: migrations are named after them."""
    names = (file.name for file in files("services.store.migrations.versions").iterdir())
    return tuple(sorted(name.partition("_")[0] for name in names if name[:1].isdigit()))


def revision_of(connection: Connection) -> str | None:
    """The version of the tables of a database; None where there are none."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def is_current(connection: Connection) -> bool:
    """Whether the tables are what this version of the service needs."""
    return revision_of(connection) == known_revisions()[-1]
