"""Workflows and their versions, always within one project."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from services.errors import (
    ProjectNotFoundError,
    StaleVersionError,
    WorkflowNameTakenError,
    WorkflowNotFoundError,
)
from services.ports import Ids
from services.store.database import Database
from services.store.dialects import missing_inserts, was_inserted
from services.store.paging import Page, from_cursor, page_of
from services.store.tables import projects, workflow_graphs, workflow_versions
from workflow_compiler.ports import WallClock

PAGE_LIMIT = 200

_ENSURE_NAME = missing_inserts(workflow_graphs)
_HEAD = select(workflow_graphs.c.head_version).where(
    workflow_graphs.c.project_id == bindparam("project"),
    workflow_graphs.c.id == bindparam("workflow"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What is published: a definition, its name, and the fingerprint of what it does."""

    name: str
    definition: Mapping[str, Any]
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredWorkflow:
    """A workflow of a project; `fingerprint` is that of its head version."""

    id: str
    project_id: str
    name: str
    head_version: int
    fingerprint: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredVersion:
    """One version of a workflow; what it does never changes."""

    workflow_id: str
    project_id: str
    name: str
    version: int
    definition: Mapping[str, Any]
    fingerprint: str
    created_at: datetime


class Workflows:
    """The workflows in the database."""

    def __init__(self, database: Database, clock: WallClock, ids: Ids) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids

    async def save(
        self,
        project_id: str,
        workflow_id: str | None,
        content: Content,
        *,
        expected_version: int | None = None,
    ) -> StoredVersion:
        """Publish a definition, as the head of a workflow.

        `workflow_id` None is the one that has its name, which is made when there is none; of many
        that publish a new name at once the first makes it, and the others add their versions.

        The same fingerprint is the same version, which becomes the head again; what a fingerprint
        leaves out (positions, colours) is taken over, since it cannot change what a run does.

        Raises:
            ProjectNotFoundError: no such project.
            WorkflowNotFoundError: no such workflow in the project.
            WorkflowNameTakenError: another workflow of the project has the name.
            StaleVersionError: the head is not at `expected_version`.
        """
        now = self._clock.now()
        if workflow_id is None:
            new_id = self._ids.new()
            return await self._database.write(
                lambda connection: _publish(
                    connection,
                    _named(connection, project_id, new_id, content.name, now),
                    content,
                    now,
                )
            )
        return await self._database.write(
            lambda connection: _publish(
                connection,
                _head(connection, project_id, workflow_id, expected_version),
                content,
                now,
            )
        )

    async def get(self, project_id: str, workflow_id: str) -> StoredWorkflow | None:
        """The workflow with this id."""
        return await self._one(_workflows(project_id).where(workflow_graphs.c.id == workflow_id))

    async def by_name(self, project_id: str, name: str) -> StoredWorkflow | None:
        """The workflow with this name."""
        return await self._one(_workflows(project_id).where(workflow_graphs.c.name == name))

    async def head(self, project_id: str, workflow_id: str) -> int | None:
        """The number of the newest version of a workflow."""
        rows = await self._database.rows(_HEAD, {"project": project_id, "workflow": workflow_id})
        return rows[0].head_version if rows else None

    async def version(
        self, project_id: str, workflow_id: str, number: int | None = None
    ) -> StoredVersion | None:
        """A version of a workflow: the one with this number, or the head."""
        query = _versions(project_id, workflow_id)
        wanted = workflow_graphs.c.head_version if number is None else number
        rows = await self._database.rows(query.where(workflow_versions.c.version == wanted))
        return StoredVersion(**rows[0]._asdict()) if rows else None

    async def page(
        self,
        project_id: str,
        *,
        query: str | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page[StoredWorkflow]:
        """The workflows by name; `query` is a part of the name in any case.

        Raises:
            CursorError: no page gave this cursor.
        """
        limit = min(limit, PAGE_LIMIT)
        name = workflow_graphs.c.name
        wanted = _workflows(project_id).order_by(name).limit(limit + 1)
        if query:
            wanted = wanted.where(name.icontains(query, autoescape=True))
        if cursor is not None:
            wanted = wanted.where(name > from_cursor(cursor, str)[0])
        rows = await self._database.rows(wanted)
        return page_of(rows, limit, _workflow, lambda row: [row.name])

    async def _one(self, query: Select[Any]) -> StoredWorkflow | None:
        rows = await self._database.rows(query)
        return _workflow(rows[0]) if rows else None


def _workflows(project_id: str) -> Select[Any]:
    head = workflow_versions.c.version == workflow_graphs.c.head_version
    same = workflow_versions.c.workflow_id == workflow_graphs.c.id
    return (
        select(workflow_graphs, workflow_versions.c.fingerprint)
        .join(workflow_versions, head & same)
        .where(workflow_graphs.c.project_id == project_id)
    )


def _workflow(row: Row[Any]) -> StoredWorkflow:
    return StoredWorkflow(**row._asdict())


def _versions(project_id: str, workflow_id: str) -> Select[Any]:
    return (
        select(workflow_versions, workflow_graphs.c.project_id, workflow_graphs.c.name)
        .join(workflow_graphs, workflow_versions.c.workflow_id == workflow_graphs.c.id)
        .where(workflow_graphs.c.project_id == project_id, workflow_graphs.c.id == workflow_id)
    )


def _named(
    connection: Connection, project_id: str, new_id: str, name: str, now: datetime
) -> StoredWorkflow:
    """The workflow with this name, locked; one that has no version yet when there was none."""
    known = connection.scalar(select(projects.c.id).where(projects.c.id == project_id))
    if known is None:
        raise ProjectNotFoundError(project_id)
    new = StoredWorkflow(
        id=new_id,
        project_id=project_id,
        name=name,
        head_version=0,
        fingerprint="",
        created_at=now,
        updated_at=now,
    )
    row = asdict(new)
    del row["fingerprint"]
    if was_inserted(connection, _ENSURE_NAME, row):
        return new
    head = _locked(connection, _workflows(project_id).where(workflow_graphs.c.name == name))
    if head is None:  # renamed between these two statements
        raise WorkflowNameTakenError(project_id, name)
    return head


def _head(
    connection: Connection, project_id: str, workflow_id: str, expected: int | None
) -> StoredWorkflow:
    """The workflow, locked."""
    query = _workflows(project_id).where(workflow_graphs.c.id == workflow_id)
    head = _locked(connection, query)
    if head is None:
        raise WorkflowNotFoundError(workflow_id)
    if expected not in {None, head.head_version}:
        raise StaleVersionError(workflow_id, expected, head.head_version)
    return head


def _locked(connection: Connection, query: Select[Any]) -> StoredWorkflow | None:
    """The one workflow that a query finds; nobody else changes it before the transaction ends."""
    row = connection.execute(query.with_for_update(of=workflow_graphs)).one_or_none()
    return None if row is None else _workflow(row)


def _publish(
    connection: Connection, head: StoredWorkflow, content: Content, now: datetime
) -> StoredVersion:
    mine = workflow_versions.c.workflow_id == head.id
    same = mine & (workflow_versions.c.fingerprint == content.fingerprint)
    old = connection.execute(select(workflow_versions).where(same)).one_or_none()
    if old is None:
        last = connection.scalar(select(func.max(workflow_versions.c.version)).where(mine)) or 0
        stored = _add_version(connection, head, last + 1, content, now)
    else:
        stored = _stored(head, old.version, content, old.created_at)
        connection.execute(
            update(workflow_versions).where(same).values(definition=content.definition)
        )
    _move_head(connection, head, stored, now)
    return stored


def _add_version(
    connection: Connection, head: StoredWorkflow, number: int, content: Content, now: datetime
) -> StoredVersion:
    connection.execute(
        insert(workflow_versions),
        {
            "workflow_id": head.id,
            "version": number,
            "definition": content.definition,
            "fingerprint": content.fingerprint,
            "created_at": now,
        },
    )
    return _stored(head, number, content, now)


def _move_head(
    connection: Connection, head: StoredWorkflow, stored: StoredVersion, now: datetime
) -> None:
    changes = {"name": stored.name, "head_version": stored.version, "updated_at": now}
    if (stored.name, stored.version) == (head.name, head.head_version):
        return
    try:
        connection.execute(
            update(workflow_graphs).where(workflow_graphs.c.id == head.id).values(changes)
        )
    except IntegrityError as error:
        raise WorkflowNameTakenError(head.project_id, stored.name) from error


def _stored(
    head: StoredWorkflow, number: int, content: Content, created_at: datetime
) -> StoredVersion:
    return StoredVersion(
        workflow_id=head.id,
        project_id=head.project_id,
        name=content.name,
        version=number,
        definition=content.definition,
        fingerprint=content.fingerprint,
        created_at=created_at,
    )
