"""Schedules in the database, and the one transaction in which a schedule begins a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, select, tuple_, update
from sqlalchemy.exc import IntegrityError

from services.domain.events.frames import Frame, to_stored
from services.domain.events.runs import RunCreated
from services.domain.once import Once
from services.domain.runs import Run
from services.domain.schedules import Schedule
from services.errors import ScheduleNameTakenError
from services.store.columns import Timestamp
from services.store.creations import create
from services.store.database import Database
from services.store.dialects import DatabaseTime, missing_inserts, was_inserted
from services.store.notifications import ask
from services.store.once import made_before
from services.store.paging import Page, from_cursor, page_of
from services.store.tables import workflow_schedules
from services.store.wakes import due_in

PAGE_LIMIT = 200

_SCHEDULE = workflow_schedules.c
_COLUMNS = tuple(_SCHEDULE[name] for name in Schedule.__dataclass_fields__)
_ONE = (_SCHEDULE.project_id == bindparam("project")) & (_SCHEDULE.id == bindparam("schedule"))

_NEW = missing_inserts(workflow_schedules)
_NOW = select(DatabaseTime().label("now"))
_DUE = (
    select(*_COLUMNS, DatabaseTime().label("now"))
    .where(_SCHEDULE.is_active, _SCHEDULE.next_at <= DatabaseTime())
    .order_by(_SCHEDULE.next_at)
    .limit(bindparam("most"))
)
_NEXT_DUE = select(func.min(_SCHEDULE.next_at).label("due"), DatabaseTime().label("now")).where(
    _SCHEDULE.is_active
)
_ADVANCE = (
    update(workflow_schedules)
    .where(
        _SCHEDULE.id == bindparam("schedule"),
        _SCHEDULE.is_active,
        _SCHEDULE.next_at == bindparam("seen", type_=Timestamp()),  # nobody else was faster
    )
    .values(
        next_at=bindparam("following", type_=Timestamp()),
        last_at=bindparam("moment", type_=Timestamp()),
        last_run_id=func.coalesce(bindparam("run"), _SCHEDULE.last_run_id),
        last_error=bindparam("error"),
    )
    .returning(_SCHEDULE.id)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Firing:
    """A moment of a schedule that has come, and the next one."""

    schedule: Schedule
    moment: datetime
    following: datetime | None

    @property
    def key(self) -> str:
        """What makes its run the only one; no client's key is like it, with its line breaks."""
        return f"schedule\n{self.schedule.id}\n{self.moment.isoformat()}"


def fire(
    connection: Connection, firing: Firing, run: Run, event: RunCreated
) -> tuple[Run, tuple[Frame, ...]] | None:
    """Begin the run of a moment, at once with saying so; None when another process has done it."""
    if not _advance(connection, firing, run.id, None):
        return None
    created, frames = create(connection, run, event, to_stored(event), firing.key)
    if frames:
        due_in(connection, created.id)
    return created, frames


def _advance(connection: Connection, firing: Firing, run_id: str | None, error: str | None) -> bool:
    values = {
        "schedule": firing.schedule.id,
        "seen": firing.schedule.next_at,
        "following": firing.following,
        "moment": firing.moment,
        "run": run_id,
        "error": error,
    }
    return connection.execute(_ADVANCE, values).one_or_none() is not None


class Schedules:
    """The schedules in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def now(self) -> datetime:
        """The moment by the clock that decides when a schedule is due."""
        (row,) = await self._database.rows(_NOW)
        return row.now  # type: ignore[no-any-return]

    async def add(self, schedule: Schedule, once: Once | None = None) -> str:
        """Keep a new schedule, unless the same request has made one before; the id of either.

        Raises:
            ScheduleNameTakenError: the project has one of this name.
            IdempotencyError: the key was used for another request.
        """
        row = asdict(schedule) | {"input": dict(schedule.input)}

        def insert(connection: Connection) -> str:
            of_project = (schedule.project_id, once, schedule.id, schedule.created_at)
            if made := made_before(connection, *of_project):
                return made
            ask(connection)  # whoever executes runs may have to look earlier than it knew
            if not was_inserted(connection, _NEW, row):
                raise ScheduleNameTakenError(schedule.name)
            return schedule.id

        return await self._database.write(insert)

    async def get(self, project_id: str, schedule_id: str) -> Schedule | None:
        """The schedule with this id."""
        values = {"project": project_id, "schedule": schedule_id}
        rows = await self._database.rows(select(*_COLUMNS).where(_ONE), values)
        return _schedule_of(rows[0]) if rows else None

    async def page(
        self, project_id: str, *, cursor: str | None = None, limit: int = 50
    ) -> Page[Schedule]:
        """The schedules of a project by name.

        Raises:
            CursorError: no page gave this cursor.
        """
        limit = min(limit, PAGE_LIMIT)
        query = select(*_COLUMNS).where(_SCHEDULE.project_id == project_id)
        if cursor is not None:
            place = tuple_(*from_cursor(cursor, str, str))
            query = query.where(tuple_(_SCHEDULE.name, _SCHEDULE.id) > place)
        by_name = query.order_by(_SCHEDULE.name, _SCHEDULE.id).limit(limit + 1)
        rows = await self._database.rows(by_name)
        return page_of(rows, limit, _schedule_of, lambda row: [row.name, row.id])

    async def change(
        self, project_id: str, schedule_id: str, values: Mapping[str, Any]
    ) -> Schedule | None:
        """Change some columns of a schedule; None when there is none.

        Raises:
            ScheduleNameTakenError: another one has this name.
        """
        statement = update(workflow_schedules).where(_ONE).values(values).returning(*_COLUMNS)
        named = {"project": project_id, "schedule": schedule_id}

        def write(connection: Connection) -> Row[Any] | None:
            ask(connection)
            return connection.execute(statement, named).one_or_none()

        try:
            row = await self._database.write(write)
        except IntegrityError as error:
            raise ScheduleNameTakenError(str(values.get("name"))) from error
        return None if row is None else _schedule_of(row)

    async def remove(self, project_id: str, schedule_id: str) -> bool:
        """Forget a schedule; its runs stay. Whether there was one."""
        named = {"project": project_id, "schedule": schedule_id}
        return await self._database.write(
            lambda c: c.execute(delete(workflow_schedules).where(_ONE), named).rowcount > 0
        )

    async def due(self, limit: int = PAGE_LIMIT) -> list[tuple[Schedule, datetime]]:
        """The schedules whose moment has come, each with the moment that it is now."""
        rows = await self._database.rows(_DUE, {"most": limit})
        return [(_schedule_of(row), row.now) for row in rows]

    async def next_due(self) -> float | None:
        """Seconds until the next moment of any schedule; None when none is on its way."""
        (row,) = await self._database.rows(_NEXT_DUE)
        return None if row.due is None else max(0.0, (row.due - row.now).total_seconds())

    async def fail(self, firing: Firing, error: str) -> bool:
        """Say why a moment brought no run; False when another process was faster."""
        return await self._database.write(lambda c: _advance(c, firing, None, error))


def _schedule_of(row: Row[Any]) -> Schedule:
    return Schedule(**{column.name: getattr(row, column.name) for column in _COLUMNS})
