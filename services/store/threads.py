"""Threads: how runs come onto them, and what one run leaves to the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pydantic_core import from_json
from sqlalchemy import Connection, bindparam, exists, func, null, select, tuple_, update

from services.domain.events import RunCreated, RunStarted
from services.domain.frames import Frame, to_stored
from services.domain.runs import Run
from services.domain.threads import Multitask, Thread, displacing
from services.errors import CursorError, ThreadBusyError, ThreadNotFoundError
from services.store.appends import Ask, Recorded, append, create
from services.store.database import Database
from services.store.dialects import DatabaseTime, take_turns
from services.store.notifications import ask
from services.store.paging import Page, from_cursor, page_of
from services.store.rows import RUN_COLUMNS, run_of
from services.store.tables import workflow_run_events, workflow_runs
from services.store.wakes import ALIVE

PAGE_LIMIT = 200

_RUN = workflow_runs.c
_OF_THREAD = _RUN.thread_id == bindparam("thread")

_LAST_TURN = (
    select(_RUN.project_id, func.max(_RUN.turn).label("turn"))
    .where(_OF_THREAD)
    .group_by(_RUN.project_id)
)
_ACTIVE = select(*RUN_COLUMNS).where(_OF_THREAD, _RUN.status.in_(ALIVE)).order_by(_RUN.turn)
_BY_KEY = select(*RUN_COLUMNS).where(
    _RUN.project_id == bindparam("project"), _RUN.idempotency_key == bindparam("key")
)
_DUE_NOW = update(workflow_runs).where(_RUN.id == bindparam("run")).values(wake_at=DatabaseTime())

_LEFT = (
    select(_RUN.variables)
    .where(
        _OF_THREAD,
        _RUN.turn < bindparam("turn"),
        _RUN.status.not_in(ALIVE),
        _RUN.is_rolled_back.is_(False),
        _RUN.variables.is_not(null()),
    )
    .order_by(_RUN.turn.desc())
    .limit(1)
)
_BEGUN_WITH = select(workflow_run_events.c.data).where(
    workflow_run_events.c.run_id == bindparam("run"), workflow_run_events.c.type == RunStarted.type
)
_NEWER = workflow_runs.alias("newer")
_IS_LAST = ~exists().where(_NEWER.c.thread_id == _RUN.thread_id, _NEWER.c.turn > _RUN.turn)
_OLDEST_ALIVE = (
    select(_RUN.id).where(_OF_THREAD, _RUN.status.in_(ALIVE)).order_by(_RUN.turn).limit(1)
)
_BEYOND = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """A run that came onto a thread, its first frames, and what that made of the active runs.

    Without frames it is an earlier run with the same idempotency key, and nothing has happened.
    """

    run: Run
    frames: tuple[Frame, ...] = ()
    stopped: tuple[Recorded, ...] = ()


def join(
    connection: Connection, run: Run, event: RunCreated, key: str | None, multitask: Multitask
) -> Joined:
    """Write a new run of the thread that the event names, all at once with what it does to others.

    Raises:
        ThreadNotFoundError: the project has no such thread.
        ThreadBusyError: a run of the thread is not over, and the newcomer is not to wait for it.
    """
    thread_id = event.thread_id or run.id
    take_turns(connection, "thread", thread_id)
    last = connection.execute(_LAST_TURN, {"thread": thread_id}).one_or_none()
    if last is None or last.project_id != run.project_id:
        raise ThreadNotFoundError(thread_id)
    if (earlier := _by_key(connection, run.project_id, key)) is not None:
        return Joined(run=earlier)
    active = [run_of(row) for row in connection.execute(_ACTIVE, {"thread": thread_id})]
    if active and multitask is Multitask.REJECT:
        raise ThreadBusyError(thread_id, active[0].id)
    turned = replace(event, turn=last.turn + 1)
    created, frames = create(connection, run, turned, to_stored(turned), key)
    if not frames:
        return Joined(run=created)  # the key was used on another thread at this very moment
    if multitask is not Multitask.REJECT:
        connection.execute(_DUE_NOW, {"run": run.id})
        ask(connection)
    return Joined(run=created, frames=frames, stopped=_stop(connection, active, multitask, created))


def _by_key(connection: Connection, project_id: str, key: str | None) -> Run | None:
    values = {"project": project_id, "key": key}
    row = connection.execute(_BY_KEY, values).one_or_none() if key is not None else None
    return None if row is None else run_of(row)


def _stop(
    connection: Connection, active: Sequence[Run], multitask: Multitask, newcomer: Run
) -> tuple[Recorded, ...]:
    """Ask the active runs to stop; one that has just ended by itself is left alone."""
    if multitask not in {Multitask.INTERRUPT, Multitask.ROLLBACK}:
        return ()
    decide = displacing(multitask, newcomer.id, newcomer.created_at)
    outcomes = append(connection, [Ask(run_id=run.id, decide=decide) for run in active])
    return tuple(outcome for outcome in outcomes if isinstance(outcome, Recorded))


class Threads:
    """The threads in the database: no table of their own, a thread is what its runs make it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def inherited(self, run: Run) -> Mapping[str, Any] | None:
        """The variables that a run begins with; None for the first one on a thread.

        A run that goes on from another run begins as that one did.
        """
        if run.source_run_id is not None:
            rows = await self._database.rows(_BEGUN_WITH, {"run": run.source_run_id})
            return from_json(rows[0].data).get("variables") if rows else None
        if run.turn == 1:
            return None
        return await self._left(run.thread_id, run.turn)

    async def get(self, project_id: str, thread_id: str) -> Thread:
        """The thread with this id, which is that of its first run.

        Raises:
            ThreadNotFoundError: the project has none.
        """
        rows = await self._database.rows(_LAST_TURN, {"thread": thread_id})
        if not rows or rows[0].project_id != project_id:
            raise ThreadNotFoundError(thread_id)
        active = await self._database.rows(_OLDEST_ALIVE, {"thread": thread_id})
        return Thread(
            id=thread_id,
            project_id=project_id,
            variables=await self._left(thread_id, _BEYOND) or {},
            active_run_id=active[0].id if active else None,
        )

    async def runs(
        self, project_id: str, thread_id: str, *, cursor: str | None = None, limit: int = 50
    ) -> Page[Run]:
        """The runs of a thread, newest first.

        Raises:
            CursorError: no page gave this cursor.
        """
        limit = min(limit, PAGE_LIMIT)
        query = select(*RUN_COLUMNS).where(
            _RUN.project_id == project_id, _RUN.thread_id == thread_id
        )
        if cursor is not None:
            query = query.where(_RUN.turn < from_cursor(cursor, int)[0])
        rows = await self._database.rows(query.order_by(_RUN.turn.desc()).limit(limit + 1))
        return page_of(rows, limit, run_of, lambda row: [row.turn])

    async def newest(
        self, project_id: str, *, cursor: str | None = None, limit: int = 50
    ) -> Page[Run]:
        """The newest run of each thread of a project, the newest first; no sub-runs.

        Raises:
            CursorError: no page gave this cursor.
        """
        limit = min(limit, PAGE_LIMIT)
        query = select(*RUN_COLUMNS).where(
            _RUN.project_id == project_id, _RUN.parent_run_id.is_(None), _IS_LAST
        )
        if cursor is not None:
            query = query.where(tuple_(_RUN.created_at, _RUN.id) < tuple_(*_place(cursor)))
        newest = query.order_by(_RUN.created_at.desc(), _RUN.id.desc()).limit(limit + 1)
        rows = await self._database.rows(newest)
        return page_of(rows, limit, run_of, lambda row: [row.created_at.isoformat(), row.id])

    async def _left(self, thread_id: str, turn: int) -> Mapping[str, Any] | None:
        rows = await self._database.rows(_LEFT, {"thread": thread_id, "turn": turn})
        return rows[0].variables if rows else None


def _place(cursor: str) -> tuple[datetime, str]:
    created_at, run_id = from_cursor(cursor, str, str)
    try:
        return datetime.fromisoformat(created_at), run_id
    except ValueError as error:
        raise CursorError(cursor) from error
