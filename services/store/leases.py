"""The lease of a run: the right to execute it, and who is to take it next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    Executable,
    Float,
    Row,
    bindparam,
    case,
    exists,
    func,
    not_,
    select,
    update,
)

from services.domain.runs import AT_REST, Run, RunStatus
from services.store.columns import Timestamp
from services.store.database import Database
from services.store.dialects import DatabaseTime
from services.store.notifications import ask
from services.store.rows import RUN_COLUMNS, run_of
from services.store.tables import workflow_runs
from services.store.turns import has_its_turn
from services.store.wakes import ALIVE

DUE_LIMIT = 200

_RUN = workflow_runs.c
_PARENT = workflow_runs.alias("parent").c
_BEGUN = [RunStatus.RUNNING, RunStatus.CANCELLING]
_RESTING = [RunStatus.PENDING, RunStatus.WAITING, RunStatus.PAUSED]

_IS_ALIVE = (_RUN.id == bindparam("run")) & _RUN.status.in_(ALIVE)
_IS_MINE = _IS_ALIVE & (_RUN.fence == bindparam("mine"))
_IS_SILENT = _RUN.lease_until <= DatabaseTime()
_IS_HELD = _RUN.is_held & (_RUN.status != RunStatus.CANCELLING)
_PARENT_IS_ALIVE = exists().where(_PARENT.id == _RUN.parent_run_id, _PARENT.status.in_(ALIVE))
_IN_SECONDS = DatabaseTime(bindparam("seconds", type_=Float))

_WAKE = (
    update(workflow_runs)
    .where(
        _RUN.id == bindparam("run"),
        _RUN.status == RunStatus.PENDING,
        _RUN.wake_at.is_(None),
        _RUN.fence == 0,  # whoever claimed it was asked to before
        not_(_RUN.is_held),
    )
    .values(wake_at=_IN_SECONDS)
    .returning(*RUN_COLUMNS)
)
_FREE = (
    select(_RUN.lease_until, _RUN.wake_at)
    .where(
        _IS_ALIVE,
        _RUN.lease_until.is_(None) | _IS_SILENT,
        # Who heard of a run late must not wake one that has begun to wait since.
        # A lease that ended is that of a process which died before it could give the run up.
        _RUN.status.not_in(AT_REST) | (_RUN.wake_at <= DatabaseTime()) | _IS_SILENT,
        # Of a held run only the end of a dead owner is left to be said.
        not_(_IS_HELD) | _IS_SILENT,
        has_its_turn(workflow_runs),
    )
    .with_for_update(skip_locked=True)  # whoever holds the row is claiming it or knows of its owner
)
_CLAIM = (
    update(workflow_runs)
    .where(_IS_ALIVE)
    .values(
        owner=bindparam("by"),
        fence=_RUN.fence + 1,
        lease_until=_IN_SECONDS,
        wake_at=None,
    )
    .returning(*RUN_COLUMNS, _RUN.fence, _RUN.cancel_reason, DatabaseTime().label("now"))
)
_ASKED = (_RUN.cancel_reason, _RUN.is_held, _RUN.wake_at, _RUN.debugging)
_RENEW = update(workflow_runs).where(_IS_MINE).values(lease_until=_IN_SECONDS).returning(*_ASKED)
_NEWS = select(_RUN.id, _RUN.fence, *_ASKED).where(_RUN.id.in_(bindparam("runs", expanding=True)))
_RELEASE = (
    update(workflow_runs)
    .where(_IS_MINE)
    .values(
        owner=None,
        lease_until=None,
        fence=_RUN.fence + 1,
        wake_at=case(
            (_RUN.status == RunStatus.PENDING, DatabaseTime()),
            else_=func.coalesce(_RUN.wake_at, bindparam("due", type_=Timestamp())),
        ),
    )
    .returning(_RUN.is_held & _RUN.status.not_in([RunStatus.PAUSED, RunStatus.CANCELLING]))
)
_SINCE = func.coalesce(_RUN.lease_until, _RUN.wake_at)
WAITING = (
    select(
        _RUN.id,
        _SINCE.label("since"),
        _RUN.created_at,
        # The first run of each project, then the second of each: a project with thousands of due
        # runs keeps those of others from nobody's sight.
        func.row_number().over(partition_by=_RUN.project_id, order_by=_SINCE).label("place"),
    )
    .where(
        (_RUN.status.in_(ALIVE) & _IS_SILENT)
        | (_RUN.status.in_(_BEGUN) & _RUN.lease_until.is_(None) & not_(_IS_HELD))
        | (
            _RUN.status.in_(_RESTING)
            & (_RUN.wake_at <= DatabaseTime())
            & _RUN.lease_until.is_(None)
            & not_(_RUN.is_held)
            & not_(_PARENT_IS_ALIVE)  # a sub-run goes on in the place of its parent
        ),
        has_its_turn(workflow_runs),
    )
    .subquery()
)
"""The runs that should be executed and that no process executes."""
_DUE = (
    select(WAITING.c.id)
    .order_by(WAITING.c.place, WAITING.c.since, WAITING.c.id)
    .limit(bindparam("most"))
)
_NEXT_DUE = select(
    func.min(func.coalesce(_RUN.lease_until, _RUN.wake_at)).label("due"),
    DatabaseTime().label("now"),
).where(_RUN.status.in_(ALIVE), func.coalesce(_RUN.lease_until, _RUN.wake_at) > DatabaseTime())


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The right to execute a run; every write shows the fence, which rises with every claim.

    `is_takeover`: the owner before did not give the right back, so its process is probably gone.
    `cancel_reason` is there when somebody asked the run to stop. `at` is the moment by the clock
    of the database. `due_at` is since when somebody was to claim it; None where nobody said.
    """

    run: Run
    fence: int
    is_takeover: bool
    cancel_reason: str | None
    at: datetime
    due_at: datetime | None = None

    @property
    def lag_seconds(self) -> float | None:
        """How long the run was due before it was claimed."""
        if self.due_at is None or self.due_at < self.run.created_at:
            return None  # due since ever: whoever wanted it named no moment
        return max((self.at - self.due_at).total_seconds(), 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """The lease goes on; `cancel_reason` is there when somebody asked the run to stop.

    `is_held`: nothing more of it is to begin. `is_woken`: something that the run waits for was
    answered since it was claimed. `commands`: how often something was asked by those who debug it.
    """

    cancel_reason: str | None
    is_held: bool
    is_woken: bool
    commands: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """The right is given back; `is_to_be_paused`: the run is held, and nobody has said so yet."""

    is_to_be_paused: bool


class Leases:
    """The rights to execute runs, as the database knows them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def wake(
        self, run_id: str, *, tell: bool = False, after_seconds: float = 0.0
    ) -> Run | None:
        """Have a run executed; None when it is not pending or somebody has asked for it before.

        From then on it is due: whoever claims it first executes it, though this process may die.
        `tell` has other processes hear of it at once.
        """

        def wake_it(connection: Connection) -> Row[Any] | None:
            values = {"run": run_id, "seconds": after_seconds}
            row = connection.execute(_WAKE, values).one_or_none()
            if tell:
                ask(connection)
            return row

        row = await self._database.write(wake_it)
        return run_of(row) if row else None

    async def claim(self, run_id: str, owner: str, lease_seconds: float) -> Claim | None:
        """Take the right to execute a run; None when it is over or another process has the right.

        A run can be claimed when it was never claimed, when it was released, and when its lease
        ran out by the clock of the database.
        """
        values = {"run": run_id, "by": owner, "seconds": lease_seconds}
        return await self._database.write(lambda connection: _claim(connection, values))

    async def renew(self, run_id: str, fence: int, lease_seconds: float) -> Renewal | None:
        """Keep the right for another while; None when it is lost or the run is over."""
        row = await self._changed(_RENEW, {"run": run_id, "mine": fence, "seconds": lease_seconds})
        if row is None:
            return None
        return _renewal(row)

    async def news(self, fences: Mapping[str, int]) -> dict[str, Renewal]:
        """What was asked of runs that are executed under these fences, by whichever process.

        It renews no lease; runs that are somebody else's by now are left out.
        """
        rows = await self._database.rows(_NEWS, {"runs": list(fences)}) if fences else ()
        return {row.id: _renewal(row) for row in rows if row.fence == fences[row.id]}

    async def release(
        self, run_id: str, fence: int, due: datetime | None = None
    ) -> Released | None:
        """Give the right back, so that another process may go on; None when it is lost already.

        A run that waits is due at that moment, or when it is answered; any other one is at once.
        The fence rises: whatever this process still tries to write comes too late.
        """
        values = {"run": run_id, "mine": fence, "due": due}
        row = await self._changed(_RELEASE, values)
        return None if row is None else Released(is_to_be_paused=bool(row[0]))

    async def due(self, limit: int = DUE_LIMIT) -> list[str]:
        """Runs that should be executed and that no process executes, some of each project.

        Nobody has claimed them since somebody asked for it, or their process is gone. Of a project
        those come first that wait longest.
        """
        rows = await self._database.rows(_DUE, {"most": limit})
        return [row.id for row in rows]

    async def next_due(self) -> float | None:
        """Seconds until the next run becomes due or loses its lease; None when none will."""
        (row,) = await self._database.rows(_NEXT_DUE)
        return None if row.due is None else float((row.due - row.now).total_seconds())

    async def _changed(self, change: Executable, values: Mapping[str, Any]) -> Row[Any] | None:
        return await self._database.write(
            lambda connection: connection.execute(change, values).one_or_none()
        )


def _claim(connection: Connection, values: Mapping[str, Any]) -> Claim | None:
    found = connection.execute(_FREE, values).one_or_none()
    if found is None:
        return None
    row = connection.execute(_CLAIM, values).one()
    return Claim(
        run=run_of(row),
        fence=row.fence,
        is_takeover=found.lease_until is not None,
        cancel_reason=row.cancel_reason,
        at=row.now,
        due_at=found.lease_until or found.wake_at,
    )


def _renewal(row: Row[Any]) -> Renewal:
    return Renewal(
        cancel_reason=row.cancel_reason,
        is_held=row.is_held,
        is_woken=row.wake_at is not None,
        commands=row.debugging.commands if row.debugging is not None else 0,
    )
