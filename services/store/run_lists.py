"""Lists of runs: those that somebody means, page by page, and how long earlier ones took."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, bindparam, select, tuple_

from services.domain.runs import Run, RunStatus
from services.domain.selecting import RunOrder, RunSelection
from services.errors import CursorError
from services.store.database import Database
from services.store.paging import Page, from_cursor, page_of, to_cursor
from services.store.rows import RUN_COLUMNS, run_of
from services.store.tables import workflow_graphs, workflow_runs

LOOKED_AT: Final = 10_000
"""Runs that one page of a search reads at most: it may find fewer than it was to, and go on."""

SAMPLE: Final = 200
"""The latest runs of a workflow that say how long the next one takes."""

_RUN = workflow_runs.c
_KEY = tuple_(_RUN.created_at, _RUN.id)

_LATEST = (
    select(_RUN.version, _RUN.status, _RUN.started_at, _RUN.finished_at)
    .where(_RUN.workflow_id == bindparam("workflow"))
    .order_by(_RUN.created_at.desc(), _RUN.id.desc())
    .limit(SAMPLE)
    .subquery()
)
_TOOK = select(_LATEST.c.started_at, _LATEST.c.finished_at).where(
    _LATEST.c.version == bindparam("version"), _LATEST.c.status == RunStatus.COMPLETED
)


async def page_of_runs(
    database: Database, project_id: str, wanted: RunSelection, cursor: str | None, limit: int
) -> Page[Run]:
    """The runs of a project that somebody means.

    Raises:
        CursorError: no page gave this cursor.
    """
    query = select(*RUN_COLUMNS).where(*_conditions(project_id, wanted, cursor))
    query = query.order_by(*_order(wanted, _RUN))
    if wanted.text is not None:
        return await _searched(database, query, wanted.text, wanted, limit)
    return page_of(await database.rows(query.limit(limit + 1)), limit, run_of, _key)


async def durations_of(database: Database, workflow_id: str, version: int) -> list[timedelta]:
    """How long runs of a version took that ended well, among the latest of the workflow."""
    rows = await database.rows(_TOOK, {"workflow": workflow_id, "version": version})
    return [row.finished_at - row.started_at for row in rows]


async def _searched(
    database: Database, query: Select[Any], text: str, wanted: RunSelection, limit: int
) -> Page[Run]:
    """Those of the next runs that hold a text, of which it looks at so many only."""
    seen = query.limit(LOOKED_AT).subquery()
    found = (
        select(seen)
        .join(workflow_graphs, workflow_graphs.c.id == seen.c.workflow_id)
        .where(_holds(seen.c, text))
        .order_by(*_order(wanted, seen.c))
        .limit(limit + 1)
    )
    page = page_of(await database.rows(found), limit, run_of, _key)
    if page.next_cursor is not None:
        return page
    last = await database.rows(query.offset(LOOKED_AT - 1).limit(1))
    return Page(items=page.items, next_cursor=to_cursor(_key(last[0])) if last else None)


def _conditions(
    project_id: str, wanted: RunSelection, cursor: str | None
) -> Iterator[ColumnElement[bool]]:
    yield _RUN.project_id == project_id
    if wanted.statuses:
        yield _RUN.status.in_(sorted(wanted.statuses))
    if wanted.workflow_id is not None:
        yield _RUN.workflow_id == wanted.workflow_id
    if wanted.parent_run_id is not None:
        yield _RUN.parent_run_id == wanted.parent_run_id
    if wanted.created_after is not None:
        yield _RUN.created_at >= wanted.created_after
    if wanted.created_before is not None:
        yield _RUN.created_at < wanted.created_before
    if cursor is not None:
        key = _place(cursor)
        yield key > _KEY if wanted.order is RunOrder.NEWEST else key < _KEY


def _order(wanted: RunSelection, columns: Any) -> tuple[ColumnElement[Any], ...]:
    if wanted.order is RunOrder.NEWEST:
        return (columns.created_at.desc(), columns.id.desc())
    return (columns.created_at, columns.id)


def _holds(run: Any, text: str) -> ColumnElement[bool]:
    named: ColumnElement[bool] = workflow_graphs.c.name.icontains(text, autoescape=True)
    failed: ColumnElement[bool] = run.error["message"].as_string().icontains(text, autoescape=True)
    begun: ColumnElement[bool] = run.id.startswith(text.lower(), autoescape=True)
    return begun | named | failed


def _key(row: Row[Any]) -> list[str | int]:
    return [row.created_at.isoformat(), row.id]


def _place(cursor: str) -> Any:
    created_at, run_id = from_cursor(cursor, str, str)
    try:
        moment = datetime.fromisoformat(created_at)
    except ValueError as error:
        raise CursorError(cursor) from error
    if moment.tzinfo is None:
        raise CursorError(cursor)
    return tuple_(moment, run_id)
