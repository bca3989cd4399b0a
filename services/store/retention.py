"""Removing runs that are over, a few trees in each transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, TypeAlias

from sqlalchemy import (
    ColumnElement,
    Connection,
    Float,
    ScalarSelect,
    String,
    bindparam,
    cast,
    delete,
    exists,
    func,
    null,
    or_,
    select,
)

from services.domain.retention import Expiry, Member, Pruned, removable
from services.domain.runs import RunStatus
from services.store.database import Database
from services.store.dialects import DatabaseTime
from services.store.tables import workflow_runs, workflow_threads
from services.store.wakes import ALIVE

EVENTS_AT_ONCE: Final = 5_000
"""A transaction removes one tree at least, and no further one that would make it more than this."""

_ROOTS_AT_ONCE: Final = 100

_RUN = workflow_runs.c

_ROOTS = (
    select(_RUN.id)
    .where(
        _RUN.project_id == bindparam("project"),
        _RUN.id > bindparam("after"),
        _RUN.parent_run_id.is_(None),
        _RUN.status.in_(bindparam("statuses", expanding=True)),
        _RUN.finished_at <= DatabaseTime(-bindparam("age", type_=Float)),
    )
    .order_by(_RUN.id)
    .limit(_ROOTS_AT_ONCE)
)

_TREE = (
    select(_RUN.id, _RUN.id.label("root"))
    .where(_RUN.id.in_(bindparam("roots", expanding=True)))
    .cte("tree", recursive=True)
)
_TREE = _TREE.union_all(select(_RUN.id, _TREE.c.root).join(_TREE, _RUN.parent_run_id == _TREE.c.id))

_OTHER = workflow_runs.alias("other")
_LIVE = workflow_runs.alias("live")


def _of_thread(value: ColumnElement[Any], *which: ColumnElement[bool]) -> ScalarSelect[Any]:
    """Something about the runs of a run's thread."""
    same = (_OTHER.c.project_id == _RUN.project_id, _OTHER.c.thread_id == _RUN.thread_id)
    return select(value).where(*same, *which).scalar_subquery()


_IS_OVER = _OTHER.c.status.not_in(ALIVE)
_LEFT_SOMETHING = (
    ~_OTHER.c.is_rolled_back
    & _OTHER.c.variables.is_not(null())
    & (cast(_OTHER.c.variables, String) != "{}")
)
_LAST = func.max(_OTHER.c.turn)
_MEMBERS = select(
    _RUN.id,
    _TREE.c.root,
    _RUN.status,
    (_RUN.next_seq - 1).label("events"),
    _RUN.turn,
    _of_thread(func.count()).label("thread_size"),
    _of_thread(_LAST, _IS_OVER).label("last_turn"),
    _of_thread(_LAST, _IS_OVER, _LEFT_SOMETHING).label("last_left"),
    exists().where(_LIVE.c.source_run_id == _RUN.id, _LIVE.c.status.in_(ALIVE)).label("is_source"),
).join(_TREE, _TREE.c.id == _RUN.id)
_REMOVE = delete(workflow_runs).where(_RUN.id.in_(bindparam("runs", expanding=True)))


_THREAD = workflow_threads.c
_FORGET_THREADS = delete(workflow_threads).where(
    _THREAD.project_id == bindparam("project"),
    _THREAD.updated_at <= DatabaseTime(-bindparam("age", type_=Float)),
    or_(_THREAD.variables.is_(null()), cast(_THREAD.variables, String) == "{}"),
    ~exists().where(_RUN.project_id == _THREAD.project_id, _RUN.thread_id == _THREAD.id),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one transaction removed, and the root after which the next one goes on, if there is."""

    removed: Pruned
    after: str | None


class Retention:
    """Forgets runs in the database, with all that belongs to them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def step(self, project_id: str, expiry: Expiry, after: str) -> Step:
        """Remove the next few trees whose roots come after this one."""
        return await self._database.write(
            lambda connection: _removed(connection, *_next(connection, project_id, expiry, after))
        )

    async def look(self, project_id: str, expiry: Expiry, after: str) -> Step:
        """What the same step would remove."""
        return await self._database.read(
            lambda connection: _counted(*_next(connection, project_id, expiry, after))
        )

    async def forget_threads(self, project_id: str, age: timedelta) -> None:
        """Remove what was said so long ago of threads that hold neither runs nor variables."""
        values = {"project": project_id, "age": age.total_seconds()}
        await self._database.write(lambda connection: connection.execute(_FORGET_THREADS, values))


_Trees: TypeAlias = list[list[Member]]


def _next(
    connection: Connection, project_id: str, expiry: Expiry, after: str
) -> tuple[_Trees, str | None]:
    """The next trees that may go, and the root up to which all have been looked at."""
    roots = _roots(connection, project_id, expiry, after)
    if not roots:
        return [], None
    rows = connection.execute(_MEMBERS, {"roots": roots})
    trees = removable([Member(**row._asdict() | {"status": RunStatus(row.status)}) for row in rows])
    chosen: _Trees = []
    for members in trees.values():
        if chosen and _size([*chosen, members]) > EVENTS_AT_ONCE:
            return chosen, chosen[-1][0].root
        chosen.append(members)
    return chosen, roots[-1]


def _roots(connection: Connection, project_id: str, expiry: Expiry, after: str) -> list[str]:
    query = _ROOTS
    if expiry.workflow_id is not None:
        query = query.where(_RUN.workflow_id == expiry.workflow_id)
    values = {
        "project": project_id,
        "after": after,
        "statuses": sorted(expiry.statuses),
        "age": expiry.older_than.total_seconds(),
    }
    return [row.id for row in connection.execute(query, values)]


def _removed(connection: Connection, trees: _Trees, after: str | None) -> Step:
    ids = [member.id for tree in trees for member in tree]
    if ids:
        connection.execute(_REMOVE, {"runs": ids})
    return _counted(trees, after)


def _counted(trees: _Trees, after: str | None) -> Step:
    removed = Pruned(trees=len(trees), runs=sum(len(tree) for tree in trees), events=_size(trees))
    return Step(removed=removed, after=after)


def _size(trees: _Trees) -> int:
    return sum(member.events for tree in trees for member in tree)
