"""Threads: how runs come onto them, and what one run leaves to the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pydantic_core import from_json
from sqlalchemy import (
    Connection,
    Row,
    and_,
    bindparam,
    case,
    exists,
    func,
    null,
    or_,
    select,
    tuple_,
)

from services.domain.events.frames import Frame, to_stored
from services.domain.events.runs import RunCreated, RunStarted
from services.domain.reruns.going_on import Taken
from services.domain.runs import Run
from services.domain.threads import Joining, Multitask, Thread, displacing
from services.errors import CursorError, ThreadBusyError, ThreadNotFoundError
from services.store.appends import append
from services.store.batches import Ask, Recorded
from services.store.creations import create
from services.store.database import Database
from services.store.dialects import take_turns
from services.store.paging import Page, from_cursor, page_of
from services.store.rows import RUN_COLUMNS, run_of
from services.store.tables import workflow_run_events, workflow_runs, workflow_threads
from services.store.wakes import ALIVE, due_in

PAGE_LIMIT = 200

_RUN = workflow_runs.c
_RECORD = workflow_threads.c
_OF_THREAD = and_(_RUN.project_id == bindparam("project"), _RUN.thread_id == bindparam("thread"))
_RECORD_OF_THREAD = and_(
    _RECORD.project_id == bindparam("project"), _RECORD.id == bindparam("thread")
)

_LAST_TURN = select(func.max(_RUN.turn).label("turn")).where(_OF_THREAD)
_ACTIVE = select(*RUN_COLUMNS).where(_OF_THREAD, _RUN.status.in_(ALIVE)).order_by(_RUN.turn)
_BY_KEY = select(*RUN_COLUMNS).where(
    _RUN.project_id == bindparam("project"), _RUN.idempotency_key == bindparam("key")
)
_RECORDED = select(_RECORD.after_turn.label("turn")).where(_RECORD_OF_THREAD)
_WRITTEN = select(_RECORD.variables, _RECORD.after_turn.label("turn")).where(
    _RECORD_OF_THREAD,
    _RECORD.after_turn < bindparam("turn"),
    _RECORD.variables.is_not(null()),
)

_LEFT = (
    select(_RUN.variables, _RUN.turn)
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
_IS_LAST = ~exists().where(
    _NEWER.c.project_id == _RUN.project_id,
    _NEWER.c.thread_id == _RUN.thread_id,
    _NEWER.c.turn > _RUN.turn,
)
_OLDEST_ALIVE = (
    select(_RUN.id).where(_OF_THREAD, _RUN.status.in_(ALIVE)).order_by(_RUN.turn).limit(1)
)
_IS_ALIVE = _RUN.status.in_(ALIVE)
_CURRENT = (
    select(*RUN_COLUMNS)
    .where(_OF_THREAD, or_(_IS_ALIVE, _RUN.is_rolled_back.is_(False)))
    .order_by(_IS_ALIVE.desc(), case((_IS_ALIVE, _RUN.turn), else_=-_RUN.turn))
    .limit(1)
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
    connection: Connection,
    run: Run,
    event: RunCreated,
    key: str | None,
    joining: Joining,
    taken: Taken | None = None,
) -> Joined:
    """Write a new run of an existing thread, all at once with what it does to others.

    Raises:
        ThreadNotFoundError: the project has no such thread.
        ThreadBusyError: a run of the thread is not over, and the newcomer is not to wait for it.
    """
    thread = {"project": run.project_id, "thread": joining.thread_id}
    take_turns(connection, "thread", *thread.values())
    last = last_turn(connection, thread)
    if (earlier := _by_key(connection, run.project_id, key)) is not None:
        return Joined(run=earlier)
    active = [run_of(row) for row in connection.execute(_ACTIVE, thread)]
    if (busy := _rejecting(active, joining)) is not None:
        raise ThreadBusyError(joining.thread_id, busy.id)
    turned = replace(event, turn=last + 1)
    created, frames = create(connection, run, turned, to_stored(turned), key, taken)
    if not frames:
        return Joined(run=created)  # the key was used on another thread at this very moment
    if joining.is_due:
        due_in(connection, run.id, joining.after_seconds)
    return Joined(run=created, frames=frames, stopped=_stop(connection, active, joining, created))


def last_turn(connection: Connection, thread: Mapping[str, str]) -> int:
    """The last turn of a thread that has had runs, or was opened for them.

    Raises:
        ThreadNotFoundError: the project has no such thread.
    """
    found = (connection.execute(query, thread).scalar() for query in (_LAST_TURN, _RECORDED))
    turns: list[int] = [turn for turn in found if turn is not None]
    if not turns:
        raise ThreadNotFoundError(thread["thread"])
    return max(turns)


def left_on(
    connection: Connection, thread: Mapping[str, str], turn: int = _BEYOND
) -> Row[Any] | None:
    """The `variables` with which a run of this turn begins: as left, or as written since.

    They are there since the `turn` of theirs.
    """
    values = {**thread, "turn": turn}
    rows = [*connection.execute(_WRITTEN, values), *connection.execute(_LEFT, values)]
    return max(rows, key=lambda row: row.turn, default=None)


def _rejecting(active: Sequence[Run], joining: Joining) -> Run | None:
    """The first run for which the newcomer is neither to wait nor to stop it."""
    return next((run for run in active if joining.towards(run) is Multitask.REJECT), None)


def _by_key(connection: Connection, project_id: str, key: str | None) -> Run | None:
    values = {"project": project_id, "key": key}
    row = connection.execute(_BY_KEY, values).one_or_none() if key is not None else None
    return None if row is None else run_of(row)


def _stop(
    connection: Connection, active: Sequence[Run], joining: Joining, newcomer: Run
) -> tuple[Recorded, ...]:
    """Ask the active runs to stop; one that has just ended by itself is left alone."""
    asked = [
        Ask(run_id=run.id, decide=displacing(towards, newcomer.id, newcomer.created_at))
        for run in active
        if (towards := joining.towards(run)) in {Multitask.INTERRUPT, Multitask.ROLLBACK}
    ]
    outcomes = append(connection, asked) if asked else ()
    return tuple(outcome for outcome in outcomes if isinstance(outcome, Recorded))


class Threads:
    """The threads in the database, as their runs make them; the rest is with `ThreadRecords`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def inherited(self, run: Run) -> Mapping[str, Any] | None:
        """The variables that a run begins with; None for the first one on a thread.

        A run that goes on from another run begins as that one did, unless it was said otherwise.
        """
        if run.variables is not None:
            return run.variables
        if run.source_run_id is not None:
            rows = await self._database.rows(_BEGUN_WITH, {"run": run.source_run_id})
            return from_json(rows[0].data).get("variables") if rows else None
        if run.thread_id == run.id:
            return None
        thread = {"project": run.project_id, "thread": run.thread_id}
        return await self._left(thread, run.turn)

    async def get(self, project_id: str, thread_id: str) -> Thread:
        """The thread with this id, which is that of its first run.

        Raises:
            ThreadNotFoundError: the project has none.
        """
        thread = {"project": project_id, "thread": thread_id}
        await self._database.read(lambda connection: last_turn(connection, thread))
        active = await self._database.rows(_OLDEST_ALIVE, thread)
        return Thread(
            id=thread_id,
            project_id=project_id,
            variables=await self._left(thread) or {},
            active_run_id=active[0].id if active else None,
        )

    async def current(self, project_id: str, thread_id: str) -> Run | None:
        """The run whose turn it is, or else the newest one that counts; None before the first."""
        rows = await self._database.rows(_CURRENT, {"project": project_id, "thread": thread_id})
        return run_of(rows[0]) if rows else None

    async def runs(
        self, project_id: str, thread_id: str, *, cursor: str | None = None, limit: int = 50
    ) -> Page[Run]:
        """The runs of a thread, newest first.

        Raises:
            CursorError: no page gave this cursor.
        """
        limit = min(limit, PAGE_LIMIT)
        query = select(*RUN_COLUMNS).where(_OF_THREAD)
        if cursor is not None:
            query = query.where(_RUN.turn < from_cursor(cursor, int)[0])
        newest = query.order_by(_RUN.turn.desc()).limit(limit + 1)
        rows = await self._database.rows(newest, {"project": project_id, "thread": thread_id})
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

    async def _left(
        self, thread: Mapping[str, str], turn: int = _BEYOND
    ) -> Mapping[str, Any] | None:
        found = await self._database.read(lambda connection: left_on(connection, thread, turn))
        return None if found is None else found.variables


def _place(cursor: str) -> tuple[datetime, str]:
    created_at, run_id = from_cursor(cursor, str, str)
    try:
        return datetime.fromisoformat(created_at), run_id
    except ValueError as error:
        raise CursorError(cursor) from error
