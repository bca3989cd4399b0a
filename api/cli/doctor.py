"""`workflow doctor` and `workflow db`: whether everything is in place, and what to do if not."""

from __future__ import annotations

import asyncio
import os
import platform
from collections.abc import Mapping
from importlib.metadata import version
from typing import Final

import typer
from rich.table import Table
from sqlalchemy.exc import SQLAlchemyError

from api.cli.exits import Exit
from api.cli.options import DatabaseUrl, registry_from, settings_from
from api.cli.output.console import printed, say, write
from api.cli.output.urls import without_password
from services.providers.secrets import EnvironmentSecrets, secrets_of
from services.records import recording
from services.settings import Settings
from services.store.database import open_database
from services.store.look import Standing, look
from services.usecases.secrets import missing_secrets

_STANDINGS: Final[Mapping[Standing, str]] = {
    Standing.MISSING: "is not there yet; the first `workflow serve` or `run` makes it",
    Standing.OUTDATED: "answers; `workflow db upgrade`, or the next start, brings it up to date",
    Standing.CURRENT: "answers",
}
_ADDRESSES: Final = frozenset({"database_url", "queue_url"})
_PACKAGES: Final = ("workflow-compiler", "langgraph", "langchain-core", "fastapi", "sqlalchemy")


def doctor(database_url: DatabaseUrl = None) -> None:
    """Show the settings and their origin, the versions, and how the database stands."""
    settings = settings_from(database_url=database_url)
    write(printed(_table_of_settings(settings, flags={"database_url"} if database_url else set())))
    write(printed(_table_of_versions()))
    write(_words_on_secrets(secrets_of(settings)))
    try:
        standing = look(settings.database_url)
    except SQLAlchemyError as error:
        write(f" database  does not answer: {error}")
        raise typer.Exit(Exit.RUN_FAILED) from error
    write(f" database  {_STANDINGS[standing]}")
    if standing is Standing.CURRENT:
        for line in asyncio.run(_missing_secrets(settings)):
            write(line)


def database_commands() -> typer.Typer:
    """The commands of `workflow db`."""
    app = typer.Typer(help="Look after the database.", no_args_is_help=True)
    app.callback()(_database)
    app.command("upgrade")(upgrade)
    return app


def upgrade(database_url: DatabaseUrl = None) -> None:
    """Bring the tables of the database to what this version needs."""
    settings = settings_from(database_url=database_url)
    asyncio.run(_upgrade(settings))
    say(f"{without_password(settings.database_url)} is up to date")


def _database() -> None:
    """Look after the database."""


async def _upgrade(settings: Settings) -> None:
    async with open_database(settings.database_url) as database:
        await database.upgrade()


def _table_of_settings(settings: Settings, flags: set[str]) -> Table:
    table = Table("setting", "value", "from", "what it is", box=None)
    for name, field in Settings.model_fields.items():
        value = getattr(settings, name)
        table.add_row(
            _variable(name),
            without_password(value) if value and name in _ADDRESSES else str(value),
            _origin(settings, name, flags),
            field.description,
        )
    return table


def _table_of_versions() -> Table:
    table = Table("package", "version", box=None)
    table.add_row("python", platform.python_version())
    for package in _PACKAGES:
        table.add_row(package, version(package))
    return table


def _words_on_secrets(secrets: EnvironmentSecrets) -> str:
    """Which secrets this environment has, never what they are."""
    refused = "".join(f"; {name} is too short and refused" for name in secrets.too_short)
    return f" secrets   {', '.join(secrets.names) or 'none'}{refused}"


async def _missing_secrets(settings: Settings) -> list[str]:
    """Which workflows name secrets that a process with this environment could not send."""
    async with recording(settings) as records:
        missing = missing_secrets(
            records.projects,
            records.workflows,
            registry_from(settings),
            secrets_of(settings),
        )
        return [f" secrets   {where} names {names}: not there" async for where, names in missing]


def _origin(settings: Settings, name: str, flags: set[str]) -> str:
    if name in flags:
        return "flag"
    if name not in settings.model_fields_set:
        return "default"
    variables = {variable.upper() for variable in os.environ}
    return "environment" if _variable(name) in variables else ".env"


def _variable(name: str) -> str:
    return f"WORKFLOW_{name.upper()}"
