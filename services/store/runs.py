"""Runs to be read."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, bindparam, func, select, tuple_

from services.domain.family import Kin
from services.domain.projection import OPEN
from services.domain.runs import Run, RunStatus
from services.domain.selecting import ALL_RUNS, RunSelection
from services.domain.visits import NodeState
from services.errors import RunNotFoundError
from services.store.database import Database
from services.store.paging import Page, from_cursor, page_of
from services.store.rows import RUN_COLUMNS, STATE_COLUMNS, run_of, state_of
from services.store.run_lists import durations_of, page_of_runs
from services.store.tables import workflow_graphs, workflow_node_states, workflow_runs
from services.store.wakes import ALIVE, ROOT
from workflow_compiler.history import VisitKey

PAGE_LIMIT = 200
STATES_LIMIT = 1_000

_RUN = workflow_runs.c
_STATE = workflow_node_states.c

_ONE = select(*RUN_COLUMNS).where(_RUN.id == bindparam("run"))
_DUE_AT = select(func.coalesce(_RUN.lease_until, _RUN.wake_at).label("due")).where(
    _RUN.id == bindparam("run")
)

_TREE = select(_RUN.id).where(_RUN.id == bindparam("run")).cte("tree", recursive=True)
_TREE = _TREE.union_all(select(_RUN.id).join(_TREE, _RUN.parent_run_id == _TREE.c.id))
_CHILDREN = select(_RUN.id).where(_RUN.parent_run_id == bindparam("run"), _RUN.status.in_(ALIVE))
_KIN_COLUMNS = [name for name in Kin.__dataclass_fields__ if name != "workflow"]
_FAMILY = (
    select(*(_RUN[name] for name in _KIN_COLUMNS), workflow_graphs.c.name.label("workflow"))
    .join(_TREE, _TREE.c.id == _RUN.id)
    .join(workflow_graphs, workflow_graphs.c.id == _RUN.workflow_id)
    .order_by(_RUN.created_at, _RUN.id)
    .limit(bindparam("most"))
)


class Runs:
    """The runs in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, run_id: str) -> Run | None:
        """The run with this id."""
        rows = await self._database.rows(_ONE, {"run": run_id})
        return run_of(rows[0]) if rows else None

    async def require(self, run_id: str) -> Run:
        """The run with this id.

        Raises:
            RunNotFoundError: there is none.
        """
        run = await self.get(run_id)
        if run is None:
            raise RunNotFoundError(run_id)
        return run

    async def by_idempotency_key(self, project_id: str, key: str) -> Run | None:
        """The run that a client created with this key."""
        query = select(*RUN_COLUMNS).where(
            _RUN.project_id == project_id, _RUN.idempotency_key == key
        )
        rows = await self._database.rows(query)
        return run_of(rows[0]) if rows else None

    async def page(
        self,
        project_id: str,
        wanted: RunSelection = ALL_RUNS,
        *,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page[Run]:
        """The runs of a project that somebody means.

        Raises:
            CursorError: no page gave this cursor.
        """
        limit = min(limit, PAGE_LIMIT)
        return await page_of_runs(self._database, project_id, wanted, cursor, limit)

    async def durations(self, workflow_id: str, version: int) -> list[timedelta]:
        """How long the latest runs of a version took that ended well."""
        return await durations_of(self._database, workflow_id, version)

    async def going_on_from(self, run_id: str) -> list[Run]:
        """The runs that go on from this one, newest first."""
        query = select(*RUN_COLUMNS).where(_RUN.source_run_id == run_id)
        newest = query.order_by(_RUN.created_at.desc(), _RUN.id.desc()).limit(PAGE_LIMIT)
        return [run_of(row) for row in await self._database.rows(newest)]

    async def family(self, run_id: str, limit: int) -> list[Kin]:
        """A run and all that descend from it, the earliest first."""
        rows = await self._database.rows(_FAMILY, {"run": run_id, "most": limit})
        return [Kin(**row._asdict() | {"status": RunStatus(row.status)}) for row in rows]

    async def children(self, run_id: str) -> list[str]:
        """The sub-runs of a run that are not over."""
        return [row.id for row in await self._database.rows(_CHILDREN, {"run": run_id})]

    async def root_of(self, run_id: str) -> str:
        """The run that is executed when this one is: itself, or the topmost that asked for it."""
        return str((await self._database.rows(ROOT, {"run": run_id}))[0].id)

    async def node_states(
        self, run_id: str, *, cursor: str | None = None, limit: int = STATES_LIMIT
    ) -> Page[NodeState]:
        """The visits of a run, by node, path and number.

        Raises:
            CursorError: no page gave this cursor.
        """
        limit = min(limit, STATES_LIMIT)
        query = _states(run_id).limit(limit + 1)
        if cursor is not None:
            key = from_cursor(cursor, str, str, int)
            query = query.where(tuple_(_STATE.node_id, _STATE.path, _STATE.visit) > tuple_(*key))
        rows = await self._database.rows(query)
        return page_of(rows, limit, state_of, _key)

    async def touched_nodes(self, run_id: str) -> frozenset[str]:
        """The nodes of which a run has a state."""
        query = select(_STATE.node_id).where(_STATE.run_id == run_id).distinct()
        return frozenset(row.node_id for row in await self._database.rows(query))

    async def open_visits(self, run_id: str) -> list[NodeState]:
        """The visits of a run that are not over, with which a new owner goes on."""
        query = _states(run_id).where(_STATE.status.in_(list(OPEN)))
        return [state_of(row) for row in await self._database.rows(query)]

    async def due_at(self, run_id: str) -> datetime | None:
        """When a run that rests goes on by itself; None when somebody has to see to it.

        While the process that had it is just giving it up, that is the end of its lease.
        """
        rows = await self._database.rows(_DUE_AT, {"run": run_id})
        return rows[0].due if rows else None


def _states(run_id: str) -> Select[Any]:
    return (
        select(*STATE_COLUMNS)
        .where(_STATE.run_id == run_id)
        .order_by(_STATE.node_id, _STATE.path, _STATE.visit)
    )


def _key(row: Row[Any]) -> VisitKey:
    return (row.node_id, row.path, row.visit)
