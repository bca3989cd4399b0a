"""`workflow projects`, `keys` and `audit`: who may use a server, for what, and what they did.

Whoever can open the database needs no key; a server shows what one's own key opens.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated

import typer
from rich.table import Table

from api.cli.desk import Where, at_database
from api.cli.durations import read_duration
from api.cli.exits import UsageError
from api.cli.grouped import grouped
from api.cli.options import AsJson, DatabaseUrl
from api.cli.output.console import printed, say, write
from api.cli.upkeep import KeyWish, access_at
from api.schemas.keys import AuditEntry, Key, NewKey, Project
from services.domain.access import Scope
from services.records import recording
from services.settings import Settings


def project_commands() -> typer.Typer:
    """The commands of the group `projects`."""
    app = typer.Typer(help="Make and list projects.", no_args_is_help=True)
    app.command("list")(list_projects)
    app.command("create")(create_project)
    return app


def key_commands() -> typer.Typer:
    """The commands of the group `keys`."""
    app = typer.Typer(help="Make, list and revoke API keys.", no_args_is_help=True)
    app.command("list")(list_keys)
    app.command("create")(create_key)
    app.command("revoke")(revoke_key)
    return app


def audit_commands() -> typer.Typer:
    """The commands of the group `audit`."""
    app = typer.Typer(help="See who changed what, and forget it in time.", no_args_is_help=True)
    app.command("list")(list_audit)
    app.command("prune")(prune_audit)
    return app


@grouped
def list_projects(where: Where, as_json: AsJson = False) -> None:
    """List projects by id."""
    projects = asyncio.run(_projects(where.settings()))
    if as_json:
        for project in projects:
            write(project.model_dump_json())
        return
    table = Table("project", "name", box=None)
    for project in projects:
        table.add_row(project.id, project.name)
    write(printed(table))


@grouped
def create_project(
    project: Annotated[str, typer.Argument(metavar="ID", help="Its id, such as billing.")],
    where: Where,
    name: Annotated[str | None, typer.Option(help="What people call it; its id if absent.")] = None,
) -> None:
    """Make a project."""
    made = asyncio.run(_create_project(where.settings(), project, name))
    say(f"project {made.id} is there")


@grouped
def list_keys(where: Where, as_json: AsJson = False) -> None:
    """List API keys, newest first; never their texts."""
    keys = asyncio.run(_keys(where.settings()))
    if as_json:
        for key in keys:
            write(key.model_dump_json())
        return
    table = Table("key", "name", "begins with", "project", "scopes", "state", box=None)
    for key in keys:
        scopes = ", ".join(sorted(key.scopes))
        project = key.project_id or "all projects"
        table.add_row(key.id, key.name, f"wfk_{key.prefix}", project, scopes, _state(key))
    write(printed(table))


@grouped
def create_key(
    name: Annotated[str, typer.Argument(help="What it is for.")],
    where: Where,
    scope: Annotated[
        list[Scope], typer.Option(help="What it is good for; each includes those before it.")
    ],
    project: Annotated[str | None, typer.Option(help="The one project that it opens.")] = None,
    all_projects: Annotated[
        bool, typer.Option("--all-projects", help="It opens all projects.")
    ] = False,
    expires: Annotated[str | None, typer.Option(help="When it ends: 30d, 12h, 2w.")] = None,
) -> None:
    """Make an API key; writes it with its text, this once, as JSON."""
    if (project is None) is not all_projects:
        raise UsageError("give either --project ID or --all-projects")
    lifetime = None if expires is None else read_duration("--expires", expires)
    scopes = frozenset(scope)
    wish = KeyWish(name=name, project_id=project, scopes=scopes, lifetime=lifetime)
    write(asyncio.run(_create_key(where.settings(), wish)).model_dump_json())


@grouped
def revoke_key(
    key_id: Annotated[str, typer.Argument(metavar="KEY", help="The key's id.")], where: Where
) -> None:
    """Have a key open nothing any more."""
    asyncio.run(_revoke_key(where.settings(), key_id))
    say(f"key {key_id} is revoked")


@grouped
def list_audit(
    where: Where,
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many at most.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List who changed what, newest first."""
    entries = asyncio.run(_audit(where.settings(), limit))
    if as_json:
        for entry in entries:
            write(entry.model_dump_json())
        return
    table = Table("at", "who", "action", "project", "address", "from", box=None)
    for each in entries:
        at, project = f"{each.at:%Y-%m-%d %H:%M:%S}", each.project_id or ""
        table.add_row(at, each.who, each.action, project, each.address, each.client or "")
    write(printed(table))


def prune_audit(
    older_than: Annotated[str, typer.Option(help="How old they are at least: 90d, 52w.")],
    database_url: DatabaseUrl = None,
) -> None:
    """Forget old entries of the audit log; never through a server, on which it is evidence."""
    age = read_duration("--older-than", older_than)
    settings = at_database("the audit log is pruned", database_url)
    pruned = asyncio.run(_prune_audit(settings, age))
    say(f"forgot {pruned} of the log")
    write(str(pruned))


def _state(key: Key) -> str:
    if key.revoked_at is not None:
        return "revoked"
    return "valid" if key.expires_at is None else f"until {key.expires_at:%Y-%m-%d %H:%M} UTC"


async def _projects(settings: Settings) -> Sequence[Project]:
    async with access_at(settings) as desk:
        return await desk.projects()


async def _create_project(settings: Settings, project_id: str, name: str | None) -> Project:
    async with access_at(settings) as desk:
        return await desk.create_project(project_id, name)


async def _keys(settings: Settings) -> Sequence[Key]:
    async with access_at(settings) as desk:
        return await desk.keys()


async def _create_key(settings: Settings, wish: KeyWish) -> NewKey:
    async with access_at(settings) as desk:
        return await desk.create_key(wish)


async def _revoke_key(settings: Settings, key_id: str) -> None:
    async with access_at(settings) as desk:
        await desk.revoke_key(key_id)


async def _audit(settings: Settings, limit: int) -> Sequence[AuditEntry]:
    async with access_at(settings) as desk:
        return await desk.audit(limit)


async def _prune_audit(settings: Settings, age: timedelta) -> int:
    async with recording(settings) as records:
        return await records.audit_use_cases().prune(age)
