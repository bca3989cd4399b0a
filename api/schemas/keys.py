"""Projects and API keys over the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from pydantic import Field

from api.findings import Answer
from api.schemas import Question
from api.schemas.common import JsonInt
from services.domain.access import Scope

MAX_SECONDS: Final = 10 * 366 * 24 * 60 * 60


class ProjectBody(Question):
    """A project to be made."""

    id: str = Field(
        max_length=200,
        description="Its id: small letters and digits, with `-` between them.",
        examples=["billing"],
    )
    name: str | None = Field(
        None, min_length=1, max_length=200, description="What people call it; its id by default."
    )


class Project(Answer):
    """What workflows, runs and keys belong to."""

    id: str = Field(description="The project's id.")
    name: str = Field(description="What people call it.")
    created_at: datetime = Field(description="When it was made.")


class KeyBody(Question):
    """A key to be made."""

    name: str = Field(min_length=1, max_length=200, description="What it is for.")
    project_id: str | None = Field(
        max_length=200, description="Its project; null for all projects, those to come included."
    )
    scopes: list[Scope] = Field(
        min_length=1,
        max_length=len(Scope),
        description="What it is good for; each includes those before it: `read`, `run`, `debug`, "
        "`admin`.",
        examples=[["run"]],
    )
    expires_in_seconds: JsonInt | None = Field(
        None, ge=1, le=MAX_SECONDS, description="When it ends; null for never."
    )


class Key(Answer):
    """A key, but for its text."""

    id: str = Field(description="The key's id; the audit log knows whoever has it by this.")
    name: str = Field(description="What it is for.")
    prefix: str = Field(description="The part of its text that finds it.")
    project_id: str | None = Field(description="Its project; null for all.")
    scopes: list[Scope] = Field(description="What it is good for.")
    created_at: datetime = Field(description="When it was made.")
    expires_at: datetime | None = Field(description="When it ends; null for never.")
    revoked_at: datetime | None = Field(description="When somebody revoked it.")


class NewKey(Key):
    """A key with its text, which nobody can read again."""

    key: str = Field(description="What to send as `Authorization: Bearer`.")


class AuditEntry(Answer):
    """One change that somebody asked for and got."""

    id: str = Field(description="The entry's id.")
    at: datetime = Field(description="When it was accepted.")
    who: str = Field(description="The id of a key; `bootstrap`; `local` where none is needed.")
    action: str = Field(description="What was done, as its operation id.", examples=["cancel_run"])
    project_id: str | None = Field(description="Where; null for what is of no project.")
    address: str = Field(description="The path of what it was done to.")
    client: str | None = Field(description="The network address that it came from.")
