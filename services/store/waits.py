"""What runs wait for, in the database: each answered once, by whoever is first.

A run that was answered is due at once: the row of the run says so in the same transaction, so no
answer is ever forgotten, whatever process executes the run or will do so.

What a visit asks for it gets as soon as the database answers; a node does not fail of that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Row, bindparam, delete, insert, null, select, update

from services.domain.once import Once
from services.domain.waits import ReceivedSignal, SignalWait, Task, TaskStatus, VisitRef
from services.ports import Ids
from services.store.database import Database
from services.store.dialects import missing_inserts, take_turns, was_inserted
from services.store.notifications import ask
from services.store.once import made_before
from services.store.paging import Page, from_cursor, page_of
from services.store.patience import patiently
from services.store.tables import workflow_signal_waits, workflow_signals, workflow_tasks
from services.store.transactions import Work
from services.store.unasked import must_go_on
from services.store.wakes import ROOT, wake
from workflow_compiler.ports import WallClock

T = TypeVar("T")

PAGE_LIMIT = 200

PATIENCE_SECONDS: Final = 60.0
"""For so long visits ask a database that is away; the lease ends long before."""

_PLACE = tuple(VisitRef.__dataclass_fields__)

_TASK = workflow_tasks.c
_SIGNAL = workflow_signals.c
_WAIT = workflow_signal_waits.c
TASK_COLUMNS = tuple(_TASK[name] for name in Task.__dataclass_fields__)

_NEW_TASK = missing_inserts(workflow_tasks)
_TASK_OF_VISIT = select(*TASK_COLUMNS).where(
    _TASK.run_id == bindparam("run_id"),
    _TASK.node_id == bindparam("node_id"),
    _TASK.path == bindparam("path"),
    _TASK.visit == bindparam("visit"),
)
_ONE_TASK = select(*TASK_COLUMNS).where(
    _TASK.project_id == bindparam("project"), _TASK.id == bindparam("task")
)
_END_TASK = (
    update(workflow_tasks)
    .where(_TASK.id == bindparam("task"), _TASK.status == TaskStatus.OPEN)
    .values(
        status=bindparam("ending"),
        answer=bindparam("said"),
        answered_by=bindparam("by"),
        answered_at=bindparam("now"),
    )
    .returning(*TASK_COLUMNS)
)
_RUN_OF_TASK = select(_TASK.run_id).where(
    _TASK.id == bindparam("task"), _TASK.status == TaskStatus.OPEN
)

_TAKEN = select(_SIGNAL.payload).where(
    _SIGNAL.run_id == bindparam("run_id"),
    _SIGNAL.node_id == bindparam("node_id"),
    _SIGNAL.path == bindparam("path"),
    _SIGNAL.visit == bindparam("visit"),
)
_KEPT = (
    select(_SIGNAL.id, _SIGNAL.payload)
    .where(
        _SIGNAL.project_id == bindparam("project_id"),
        _SIGNAL.name == bindparam("name"),
        _SIGNAL.key == bindparam("key"),
        _SIGNAL.run_id.is_(None),
    )
    .order_by(_SIGNAL.id)
    .limit(1)
)
_TAKER = select(*(_SIGNAL[name] for name in _PLACE)).where(_SIGNAL.id == bindparam("signal"))
_TAKE = (
    update(workflow_signals)
    .where(_SIGNAL.id == bindparam("signal"))
    .values({name: bindparam(name) for name in _PLACE})
)
_NEW_WAIT = missing_inserts(workflow_signal_waits)
_FIRST_WAIT = (
    select(_WAIT.run_id, _WAIT.node_id, _WAIT.path, _WAIT.visit)
    .where(
        _WAIT.project_id == bindparam("project"),
        _WAIT.name == bindparam("name"),
        _WAIT.key == bindparam("key"),
    )
    .order_by(_WAIT.id)
    .limit(1)
)
END_WAIT = delete(workflow_signal_waits).where(
    _WAIT.run_id == bindparam("run_id"),
    _WAIT.node_id == bindparam("node_id"),
    _WAIT.path == bindparam("path"),
    _WAIT.visit == bindparam("visit"),
)
_ADD_SIGNAL = insert(workflow_signals)


class Waits:
    """The tasks and signals in the database."""

    def __init__(self, database: Database, clock: WallClock, ids: Ids) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids

    async def open_task(
        self,
        project_id: str,
        visit: VisitRef,
        *,
        prompt: str,
        form: Mapping[str, Any],
        assignee: str | None,
        due_at: datetime | None,
    ) -> Task:
        """The task of a visit; made now unless it was made before.

        Raises:
            RunIsOverError: the run has ended, so nobody needs to be asked.
        """
        task = Task(
            id=self._ids.new(),
            project_id=project_id,
            **asdict(visit),
            prompt=prompt,
            form=form,
            assignee=assignee,
            due_at=due_at,
            created_at=self._clock.now(),
        )
        row = {name: getattr(task, name) for name in Task.__dataclass_fields__}

        def open_it(connection: Connection) -> Task:
            must_go_on(connection, visit.run_id)
            was_inserted(connection, _NEW_TASK, row)
            return task_of(connection.execute(_TASK_OF_VISIT, asdict(visit)).one())

        return await self._surely(open_it)

    async def task(self, project_id: str, task_id: str) -> Task | None:
        """The task with this id."""
        rows = await self._database.rows(_ONE_TASK, {"project": project_id, "task": task_id})
        return task_of(rows[0]) if rows else None

    async def tasks(
        self,
        project_id: str,
        *,
        status: TaskStatus | None = None,
        assignee: str | None = None,
        run_id: str | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page[Task]:
        """The tasks of a project, newest first.

        Raises:
            CursorError: no page gave this cursor.
        """
        limit = min(limit, PAGE_LIMIT)
        query = select(*TASK_COLUMNS).where(_TASK.project_id == project_id)
        for column, wanted in (
            (_TASK.status, status),
            (_TASK.assignee, assignee),
            (_TASK.run_id, run_id),
        ):
            if wanted is not None:
                query = query.where(column == wanted)
        if cursor is not None:
            query = query.where(_TASK.id < from_cursor(cursor, str)[0])
        rows = await self._database.rows(query.order_by(_TASK.id.desc()).limit(limit + 1))
        return page_of(rows, limit, task_of, lambda row: [row.id])

    async def root_of(self, run_id: str) -> str:
        """The run that is executed when this one is: itself, or the topmost that asked for it."""
        rows = await self._database.rows(ROOT, {"run": run_id})
        return str(rows[0].id)

    async def answer(self, task_id: str, answer: Any, by: str) -> Task | None:
        """Answer an open task and wake its run; None when it is not open any more."""
        return await self._end(task_id, TaskStatus.COMPLETED, answer, by)

    async def expire(self, task_id: str) -> Task | None:
        """Close a task whose time is up; None when somebody was faster."""
        return await patiently(
            lambda: self._end(task_id, TaskStatus.EXPIRED, None, None), PATIENCE_SECONDS
        )

    async def receive(self, wait: SignalWait) -> ReceivedSignal | None:
        """The signal for a visit: one that it got before, else the oldest that nobody has taken.

        None when there is none; the visit then waits, and the next one that comes is its own.

        Raises:
            RunIsOverError: the run has ended, so it takes no signal from anybody else.
        """
        place = asdict(wait.visit)
        mark = {"project_id": wait.project_id, "name": wait.name, "key": wait.key}

        def receive_it(connection: Connection) -> ReceivedSignal | None:
            take_turns(connection, *mark.values())
            must_go_on(connection, wait.visit.run_id)
            taken = connection.execute(_TAKEN, place).one_or_none()
            if taken is not None:
                return ReceivedSignal(payload=taken.payload)
            kept = connection.execute(_KEPT, mark).one_or_none()
            if kept is not None:
                connection.execute(_TAKE, {"signal": kept.id, **place})
                connection.execute(END_WAIT, place)
                return ReceivedSignal(payload=kept.payload)
            was_inserted(connection, _NEW_WAIT, {**mark, **place, "id": self._ids.new()})
            return None

        return await self._surely(receive_it)

    async def signal(
        self, project_id: str, name: str, key: str, payload: Any, once: Once | None = None
    ) -> VisitRef | None:
        """Give a signal to the visit that waits longest for it, and wake its run.

        None when nobody waits; the signal is kept for the first that will. One that was sent before
        is not sent again: whoever has it by now is told.

        Raises:
            IdempotencyError: the key was used for another request.
        """
        mark = {"project": project_id, "name": name, "key": key}
        row = {
            "id": self._ids.new(),
            "project_id": project_id,
            "name": name,
            "key": key,
            "payload": payload,
            "received_at": self._clock.now(),
        }

        def give(connection: Connection) -> VisitRef | None:
            sent = made_before(connection, project_id, once, row["id"], row["received_at"])
            if sent is not None:
                return _taker(connection, sent)
            take_turns(connection, *mark.values())
            while (first := connection.execute(_FIRST_WAIT, mark).one_or_none()) is not None:
                visit = VisitRef(**first._asdict())
                # Its run first, as whoever ends a run does; the run may end until we have it.
                wake(connection, visit.run_id)
                if connection.execute(END_WAIT, asdict(visit)).rowcount:
                    connection.execute(_ADD_SIGNAL, row | asdict(visit))
                    ask(connection)
                    return visit
            connection.execute(_ADD_SIGNAL, row | dict.fromkeys(_PLACE))
            return None

        return await self._database.write(give)

    async def stop_waiting(self, visit: VisitRef) -> ReceivedSignal | None:
        """Let a visit wait for a signal no longer; the signal where one came after all."""
        place = asdict(visit)

        def stop(connection: Connection) -> ReceivedSignal | None:
            connection.execute(END_WAIT, place)
            taken = connection.execute(_TAKEN, place).one_or_none()
            return None if taken is None else ReceivedSignal(payload=taken.payload)

        return await self._surely(stop)

    async def _surely(self, work: Work[T]) -> T:
        """What a write returns that may be made again; it waits for a database that is away."""
        return await patiently(lambda: self._database.write(work), PATIENCE_SECONDS)

    async def _end(
        self, task_id: str, ending: TaskStatus, answer: Any, by: str | None
    ) -> Task | None:
        values = {
            "task": task_id,
            "ending": ending,
            "said": null() if answer is None else answer,
            "by": by,
            "now": self._clock.now(),
        }

        def end(connection: Connection) -> Task | None:
            asking = connection.execute(_RUN_OF_TASK, {"task": task_id}).one_or_none()
            if asking is None:
                return None
            # The run first, as whoever ends a run does: so nobody waits for one another.
            wake(connection, asking.run_id)
            row = connection.execute(_END_TASK, values).one_or_none()
            ask(connection)
            return None if row is None else task_of(row)

        return await self._database.write(end)


def _taker(connection: Connection, signal_id: str) -> VisitRef | None:
    """The visit that has a signal; None where nobody has it."""
    row = connection.execute(_TAKER, {"signal": signal_id}).one_or_none()
    return None if row is None or row.run_id is None else VisitRef(**row._asdict())


def task_of(row: Row[Any]) -> Task:
    """The task in a row that has the `TASK_COLUMNS`."""
    return Task(**row._asdict() | {"status": TaskStatus(row.status)})
