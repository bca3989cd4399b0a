"""`workflow projects`, `keys` and `audit`: who may use a server, for what, and what they did.

They work on the database itself: whoever can open that needs no key.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated

import typer
from rich.table import Table

from api.cli.durations import read_duration
from api.cli.exits import UsageError
from api.cli.options import AsJson, DatabaseUrl, settings_from
from api.cli.output.console import printed, say, write
from api.schemas.keys import AuditEntry as AuditDocument
from api.schemas.keys import Key as KeyDocument
from api.schemas.keys import NewKey
from api.schemas.keys import Project as ProjectDocument
from services.domain.access import LOCAL, Key, Scope
from services.domain.audit import AuditEntry, Change
from services.records import recording
from services.settings import Settings
from services.store.paging import every
from services.store.projects import Project


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


def list_projects(as_json: AsJson = False, database_url: DatabaseUrl = None) -> None:
    """List projects by id."""
    projects = asyncio.run(_projects(settings_from(database_url=database_url)))
    if as_json:
        for project in projects:
            write(ProjectDocument.model_validate(project).model_dump_json())
        return
    table = Table("project", "name", box=None)
    for project in projects:
        table.add_row(project.id, project.name)
    write(printed(table))


def create_project(
    project: Annotated[str, typer.Argument(metavar="ID", help="Its id, such as billing.")],
    name: Annotated[str | None, typer.Option(help="What people call it; its id if absent.")] = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Make a project."""
    made = asyncio.run(_create_project(settings_from(database_url=database_url), project, name))
    say(f"project {made.id} is there")


def list_keys(as_json: AsJson = False, database_url: DatabaseUrl = None) -> None:
    """List API keys, newest first; never their texts."""
    keys = asyncio.run(_keys(settings_from(database_url=database_url)))
    if as_json:
        for key in keys:
            write(KeyDocument.model_validate(key).model_dump_json())
        return
    table = Table("key", "name", "begins with", "project", "scopes", "state", box=None)
    for key in keys:
        scopes = ", ".join(sorted(key.scopes))
        project = key.project_id or "all projects"
        table.add_row(key.id, key.name, f"wfk_{key.prefix}", project, scopes, _state(key))
    write(printed(table))


def create_key(
    name: Annotated[str, typer.Argument(help="What it is for.")],
    scope: Annotated[
        list[Scope], typer.Option(help="What it is good for; each includes those before it.")
    ],
    project: Annotated[str | None, typer.Option(help="The one project that it opens.")] = None,
    all_projects: Annotated[
        bool, typer.Option("--all-projects", help="It opens all projects.")
    ] = False,
    expires: Annotated[str | None, typer.Option(help="When it ends: 30d, 12h, 2w.")] = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Make an API key; writes it with its text, this once, as JSON."""
    if (project is None) is not all_projects:
        raise UsageError("give either --project ID or --all-projects")
    lifetime = None if expires is None else read_duration("--expires", expires)
    settings = settings_from(database_url=database_url)
    key, text = asyncio.run(_create_key(settings, name, project, frozenset(scope), lifetime))
    document = KeyDocument.model_validate(key).model_dump()
    write(NewKey(**document, key=text).model_dump_json())


def revoke_key(
    key_id: Annotated[str, typer.Argument(metavar="KEY", help="The key's id.")],
    database_url: DatabaseUrl = None,
) -> None:
    """Have a key open nothing any more."""
    asyncio.run(_revoke_key(settings_from(database_url=database_url), key_id))
    say(f"key {key_id} is revoked")


def list_audit(
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many at most.")] = 50,
    as_json: AsJson = False,
    database_url: DatabaseUrl = None,
) -> None:
    """List who changed what, newest first."""
    entries = asyncio.run(_audit(settings_from(database_url=database_url), limit))
    if as_json:
        for entry in entries:
            write(AuditDocument.model_validate(entry).model_dump_json())
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
    """Forget old entries of the audit log."""
    age = read_duration("--older-than", older_than)
    pruned = asyncio.run(_prune_audit(settings_from(database_url=database_url), age))
    say(f"forgot {pruned} of the log")
    write(str(pruned))


def _state(key: Key) -> str:
    if key.revoked_at is not None:
        return "revoked"
    return "valid" if key.expires_at is None else f"until {key.expires_at:%Y-%m-%d %H:%M} UTC"


async def _projects(settings: Settings) -> list[Project]:
    async with recording(settings) as records:
        pages = every(
            lambda cursor: records.project_use_cases().page(LOCAL, cursor=cursor, limit=200)
        )
        return [project async for project in pages]


async def _create_project(settings: Settings, project_id: str, name: str | None) -> Project:
    async with recording(settings) as records:
        project = await records.project_use_cases().create(LOCAL, project_id, name)
        await records.audit_use_cases().note(_done("create_project", project.id, project.id))
        return project


async def _keys(settings: Settings) -> list[Key]:
    async with recording(settings) as records:
        pages = every(
            lambda cursor: records.access_use_cases(settings).page(LOCAL, cursor=cursor, limit=200)
        )
        return [key async for key in pages]


async def _create_key(
    settings: Settings,
    name: str,
    project_id: str | None,
    scopes: frozenset[Scope],
    lifetime: timedelta | None,
) -> tuple[Key, str]:
    async with recording(settings) as records:
        key, text = await records.access_use_cases(settings).create_key(
            LOCAL, name, project_id, scopes, lifetime
        )
        await records.audit_use_cases().note(_done("create_key", key.id, project_id))
        return key, text


async def _revoke_key(settings: Settings, key_id: str) -> Key:
    async with recording(settings) as records:
        key = await records.access_use_cases(settings).revoke(LOCAL, key_id)
        await records.audit_use_cases().note(_done("revoke_key", key.id, key.project_id))
        return key


async def _audit(settings: Settings, limit: int) -> Sequence[AuditEntry]:
    async with recording(settings) as records:
        return (await records.audit_use_cases().page(LOCAL, limit=limit)).items


async def _prune_audit(settings: Settings, age: timedelta) -> int:
    async with recording(settings) as records:
        return await records.audit_use_cases().prune(age)


def _done(action: str, address: str, project_id: str | None) -> Change:
    """What somebody did at the terminal of a machine that has the database."""
    return Change(who=LOCAL.id, action=action, project_id=project_id, address=address, client=None)
