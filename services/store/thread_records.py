"""What is said of threads beside their runs, and what clients said when they asked for runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, delete, exists, select, tuple_

from services.domain.runs import Run
from services.domain.threads import ThreadRecord
from services.errors import RunIsNotOverError, ThreadBusyError
from services.store.database import Database
from services.store.dialects import missing_inserts, take_turns, upserts, was_inserted
from services.store.paging import Page, from_cursor, page_of
from services.store.rows import RUN_COLUMNS, run_of
from services.store.tables import workflow_run_requests, workflow_runs, workflow_threads
from services.store.wakes import ALIVE

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
_IN_THE_WAY = select(_RUN.id).where(
    _OF_IT, _RUN.status.in_(ALIVE) | (_RUN.turn > bindparam("turn"))
)
_HAS_RUNS = select(exists().where(_OF_IT))
_OF_THREAD = select(_RUN.id).where(_OF_IT)


class ThreadRecords:
    """The records of threads in the database. A thread that has had runs may have none."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def open(self, record: ThreadRecord) -> bool:
        """Keep a new record; False where the id is taken, by a record or by runs."""
        row = {name: getattr(record, name) for name in ThreadRecord.__dataclass_fields__}
        thread = _thread(record.project_id, record.id)

        def keep(connection: Connection) -> bool:
            _take_turns(connection, thread)
            if connection.execute(_HAS_RUNS, thread).scalar_one():
                return False
            return was_inserted(connection, _NEW, row)

        return await self._database.write(keep)

    async def save(self, record: ThreadRecord) -> None:
        """Keep a record in the place of the one before it."""
        row = {name: getattr(record, name) for name in ThreadRecord.__dataclass_fields__}

        def keep(connection: Connection) -> None:
            connection.execute(_SAVE[connection.dialect.name], row)

        await self._database.write(keep)

    async def save_variables(self, record: ThreadRecord) -> None:
        """Keep a record whose variables were written after its turn, which is still the last.

        Raises:
            ThreadBusyError: a run of the thread is not over, or has come since.
        """
        row = {name: getattr(record, name) for name in ThreadRecord.__dataclass_fields__}
        thread = _thread(record.project_id, record.id)

        def keep(connection: Connection) -> None:
            _take_turns(connection, thread)
            values = {**thread, "turn": record.after_turn}
            if (run_id := connection.execute(_IN_THE_WAY, values).scalar()) is not None:
                raise ThreadBusyError(record.id, run_id)
            connection.execute(_SAVE[connection.dialect.name], row)

        await self._database.write(keep)

    async def get(self, project_id: str, thread_id: str) -> ThreadRecord | None:
        """The record of a thread of this project."""
        rows = await self._database.rows(_ONE, _thread(project_id, thread_id))
        return _record(rows[0]) if rows else None

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

    async def delete_run(self, record: ThreadRecord, run: Run) -> None:
        """Forget a run and its sub-runs; `record` says what its thread keeps of it.

        Raises:
            RunIsNotOverError: one of them still goes on.
        """
        row = {name: getattr(record, name) for name in ThreadRecord.__dataclass_fields__}

        def forget(connection: Connection) -> None:
            _take_turns(connection, _thread(run.project_id, run.thread_id))
            _forget_runs(connection, [run.id])
            connection.execute(_SAVE[connection.dialect.name], row)

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


def _record(row: Row[Any]) -> ThreadRecord:
    return ThreadRecord(**row._asdict())
