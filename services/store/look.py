"""Looks at a database without changing anything: for whoever asks whether all is well."""

from __future__ import annotations

from contextlib import closing
from enum import StrEnum
from pathlib import Path

from sqlalchemy import Engine, create_engine, make_url

from services.errors import DatabaseDriverError
from services.settings import normalise_database_url
from services.store.revisions import is_current


class Standing(StrEnum):
    """How a database that answers stands to this version of the service."""

    MISSING = "missing"
    OUTDATED = "outdated"
    CURRENT = "current"


def look(url: str) -> Standing:
    """How the database stands. It blocks; a file that is not there is not made.

    Raises:
        DatabaseDriverError: the driver for this kind of database is not installed.
        SQLAlchemyError: the database does not answer, or the file is no database.
    """
    database = make_url(normalise_database_url(url))
    if database.drivername == "sqlite":
        file = Path(database.database or "")
        if not file.exists():
            return Standing.MISSING
        return _standing(create_engine(f"sqlite:///{_read_only(file)}"))
    try:
        return _standing(create_engine(database))
    except ModuleNotFoundError as error:
        raise DatabaseDriverError(error.name) from error


def _read_only(file: Path) -> str:
    """The file for SQLite, which makes files beside it unless it hears that nobody writes."""
    in_use = file.with_name(f"{file.name}-wal").exists()
    how = "mode=ro" if in_use else "mode=ro&immutable=1"
    return f"{file.absolute().as_uri()}?{how}&uri=true"


def _standing(engine: Engine) -> Standing:
    try:
        with closing(engine.connect()) as connection:
            return Standing.CURRENT if is_current(connection) else Standing.OUTDATED
    finally:
        engine.dispose()
