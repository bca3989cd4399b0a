"""What is said of threads beside their runs, and what clients said when they asked for runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import Connection, Row, and_, bindparam, delete, exists, select, tuple_

from services.domain.runs import Run
from services.domain.threads import ThreadRecord
from services.errors import RunIsNotOverError, ThreadBusyError
from services.store.database import Database
from services.store.dialects import missing_inserts, take_turns, upserts, was_inserted
from services.store.paging import Page, from_cursor, page_of
from services.store.rows import RUN_COLUMNS, run_of
from services.store.tables import workflow_run_requests, workflow_runs, workflow_threads
from services.store.threads import last_turn, left_on
from services.store.wakes import ALIVE

Change: TypeAlias = Callable[[ThreadRecord], ThreadRecord]
"""What is said of a thread to what is to be said of it."""

Write: TypeAlias = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""The variables that a thread has come to, to those that its next run is to begin with."""

PAGE_LIMIT = 200

_RUN = workflow_runs.c
_THREAD = workflow_threads.c
_COLUMNS = tuple(_THREAD[name] for name in ThreadRecord.__dataclass_fields__)

_THIS = and_(_THREAD.project_id == bindparam("project"), _THREAD.id == bindparam("thread"))
_OF_IT = and_(_RUN.project_id == bindparam("project"), _RUN.thread_id == bindparam("thread"))

_ONE = select(*_COLUMNS).where(_THIS)
_NEW = missing_inserts(workflow_threads)
_SAVE = upserts(workflow_threads)
_REMOVE = delete(workflow_threads).where(_THIS)
_REMOVE_RUNS = delete(workflow_runs).where(_RUN.id.in_(bindparam("runs", expanding=True)))
_KEEP_REQUEST = upserts(workflow_run_requests)

_TREE = (
    select(_RUN.id)
    .where(_RUN.id.in_(bindparam("roots", expanding=True)))
    .cte("tree", recursive=True)
)
_TREE = _TREE.union_all(select(_RUN.id).join(_TREE, _RUN.parent_run_id == _TREE.c.id))
_MEMBERS = select(*RUN_COLUMNS).join(_TREE, _TREE.c.id == _RUN.id)
_ACTIVE = select(_RUN.id).where(_OF_IT, _RUN.status.in_(ALIVE)).order_by(_RUN.turn)
_HAS_RUNS = select(exists().where(_OF_IT))
_OF_THREAD = select(_RUN.id).where(_OF_IT)


class ThreadRecords:
    """The records of threads in the database. A thread that has had runs may have none."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def open(self, record: ThreadRecord) -> bool:
        """Keep a new record; False where the id is taken, by a record or by runs."""
        thread = _thread(record.project_id, record.id)

        def keep(connection: Connection) -> bool:
            _take_turns(connection, thread)
            if connection.execute(_HAS_RUNS, thread).scalar_one():
                return False
            return was_inserted(connection, _NEW, _row(record))

        return await self._database.write(keep)

    async def change(self, unrecorded: ThreadRecord, change: Change) -> ThreadRecord:
        """What becomes of a record while nobody else changes it.

        `unrecorded` stands for it as long as nothing is recorded of its thread.

        Raises:
            ThreadNotFoundError: the thread is forgotten.
        """
        thread = _thread(unrecorded.project_id, unrecorded.id)

        def keep(connection: Connection) -> ThreadRecord:
            _take_turns(connection, thread)
            last_turn(connection, thread)
            changed = change(_found(connection, thread) or unrecorded)
            connection.execute(_SAVE[connection.dialect.name], _row(changed))
            return changed

        return await self._database.write(keep)

    async def write(self, unrecorded: ThreadRecord, write: Write, at: datetime) -> None:
        """Have the next run of a thread begin with what becomes of its variables.

        Raises:
            ThreadNotFoundError: the thread is forgotten.
            ThreadBusyError: a run of the thread is not over.
        """
        thread = _thread(unrecorded.project_id, unrecorded.id)

        def keep(connection: Connection) -> None:
            _take_turns(connection, thread)
            turn = last_turn(connection, thread)
            if (run_id := connection.execute(_ACTIVE, thread).scalar()) is not None:
                raise ThreadBusyError(unrecorded.id, run_id)
            left = left_on(connection, thread)
            variables = write({} if left is None else left.variables)
            record = _found(connection, thread) or unrecorded
            written = replace(record, variables=variables, after_turn=turn, updated_at=at)
            connection.execute(_SAVE[connection.dialect.name], _row(written))

        await self._database.write(keep)

    async def get(self, project_id: str, thread_id: str) -> ThreadRecord | None:
        """The record of a thread of this project."""
        thread = _thread(project_id, thread_id)
        return await self._database.read(lambda connection: _found(connection, thread))

    async def page(
        self, project_id: str, *, cursor: str | None = None, limit: int = PAGE_LIMIT
    ) -> Page[ThreadRecord]:
        """The records of a project, the newest first.

        Raises:
            CursorError: no page gave this cursor.
        """
        query = select(*_COLUMNS).where(_THREAD.project_id == project_id)
        if cursor is not None:
            last = select(_THREAD.created_at, _THREAD.id).where(
                _THREAD.project_id == project_id, _THREAD.id == from_cursor(cursor, str)[0]
            )
            query = query.where(tuple_(_THREAD.created_at, _THREAD.id) < last.scalar_subquery())
        newest = query.order_by(_THREAD.created_at.desc(), _THREAD.id.desc()).limit(limit + 1)
        rows = await self._database.rows(newest)
        return page_of(rows, limit, _record, lambda row: [row.id])

    async def delete(self, project_id: str, thread_id: str) -> None:
        """Forget a thread with all its runs and their sub-runs.

        Raises:
            RunIsNotOverError: one of them still goes on.
        """
        thread = _thread(project_id, thread_id)

        def forget(connection: Connection) -> None:
            _take_turns(connection, thread)
            roots = [row.id for row in connection.execute(_OF_THREAD, thread)]
            _forget_runs(connection, roots)
            connection.execute(_REMOVE, thread)

        await self._database.write(forget)

    async def delete_run(self, unrecorded: ThreadRecord, run: Run, at: datetime) -> None:
        """Forget a run and its sub-runs; its thread keeps the variables that it has come to.

        Raises:
            RunIsNotOverError: one of them still goes on.
        """
        thread = _thread(run.project_id, run.thread_id)

        def forget(connection: Connection) -> None:
            _take_turns(connection, thread)
            record = replace(_found(connection, thread) or unrecorded, updated_at=at)
            left = left_on(connection, thread)
            if left is not None and left.turn == run.turn:
                record = replace(record, variables=left.variables, after_turn=left.turn)
            _forget_runs(connection, [run.id])
            connection.execute(_SAVE[connection.dialect.name], _row(record))

        await self._database.write(forget)

    async def keep_request(self, run_id: str, request: Mapping[str, Any]) -> None:
        """Keep what a client said when it asked for a run."""
        row = {"run_id": run_id, "request": request}
        await self._database.write(
            lambda connection: connection.execute(_KEEP_REQUEST[connection.dialect.name], row)
        )

    async def requests(self, run_ids: list[str]) -> dict[str, Mapping[str, Any]]:
        """What clients said, by run; of runs that nobody spoke of there is nothing."""
        query = select(workflow_run_requests).where(workflow_run_requests.c.run_id.in_(run_ids))
        return {row.run_id: row.request for row in await self._database.rows(query)}


def _forget_runs(connection: Connection, roots: list[str]) -> None:
    members = [run_of(row) for row in connection.execute(_MEMBERS, {"roots": roots})]
    for run in members:
        if run.status in ALIVE:
            raise RunIsNotOverError(run.id, run.status)
    connection.execute(_REMOVE_RUNS, {"runs": [run.id for run in members]})


def _thread(project_id: str, thread_id: str) -> Mapping[str, str]:
    return {"project": project_id, "thread": thread_id}


def _take_turns(connection: Connection, thread: Mapping[str, str]) -> None:
    take_turns(connection, "thread", *thread.values())


def _found(connection: Connection, thread: Mapping[str, str]) -> ThreadRecord | None:
    row = connection.execute(_ONE, thread).one_or_none()
    return None if row is None else _record(row)


def _row(record: ThreadRecord) -> Mapping[str, Any]:
    return {name: getattr(record, name) for name in ThreadRecord.__dataclass_fields__}


def _record(row: Row[Any]) -> ThreadRecord:
    return ThreadRecord(**row._asdict())
