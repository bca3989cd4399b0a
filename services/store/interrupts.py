"""What a run and its sub-runs wait for that somebody can answer, as the database knows it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, false, func, insert, not_, select

from services.domain.interrupts import Interrupt
from services.domain.runs import RunStatus
from services.domain.waits import SignalWait, Task, TaskStatus, VisitRef
from services.ports import Ids
from services.store.database import Database
from services.store.dialects import DatabaseTime, take_turns
from services.store.notifications import ask
from services.store.tables import (
    workflow_runs,
    workflow_signal_waits,
    workflow_signals,
    workflow_tasks,
)
from services.store.waits import END_WAIT, TASK_COLUMNS, task_of
from services.store.wakes import wake
from workflow_compiler.ports import WallClock

_RUN = workflow_runs.c
_WAIT = workflow_signal_waits.c
_PLACE = tuple(VisitRef.__dataclass_fields__)

_TREE = select(_RUN.id).where(_RUN.id == bindparam("run")).cte("tree", recursive=True)
_TREE = _TREE.union_all(select(_RUN.id).join(_TREE, _RUN.parent_run_id == _TREE.c.id))
_TASKS = (
    select(*TASK_COLUMNS)
    .join(_TREE, _TREE.c.id == workflow_tasks.c.run_id)
    .where(workflow_tasks.c.status == TaskStatus.OPEN)
    .order_by(workflow_tasks.c.id)
)
_SIGNALS = (
    select(*(_WAIT[name] for name in ("project_id", "name", "key", *_PLACE)))
    .join(_TREE, _TREE.c.id == _WAIT.run_id)
    .order_by(_WAIT.id)
)
_RESTS = select(
    _RUN.status,
    (not_(_RUN.is_held) & func.coalesce(_RUN.wake_at <= DatabaseTime(), false())).label("is_due"),
    func.coalesce(_RUN.lease_until > DatabaseTime(), false()).label("is_owned"),
).where(_RUN.id == bindparam("run"))
_ADD_SIGNAL = insert(workflow_signals)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """Where a run stands, whether somebody is to go on with it, and whether a process has it."""

    status: RunStatus
    is_due: bool
    is_owned: bool


class OpenInterrupts:
    """The open interrupts of runs."""

    def __init__(self, database: Database, clock: WallClock, ids: Ids) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids

    async def rest(self, run_id: str) -> Rest:
        """How a run rests, if it does."""
        (row,) = await self._database.rows(_RESTS, {"run": run_id})
        status = RunStatus(row.status)
        return Rest(status=status, is_due=bool(row.is_due), is_owned=bool(row.is_owned))

    async def of(self, run_id: str) -> tuple[Interrupt, ...]:
        """What a run and its sub-runs wait for: first people, then signals."""
        asked = [task_of(row) for row in await self._database.rows(_TASKS, {"run": run_id})]
        heard = await self._database.rows(_SIGNALS, {"run": run_id})
        return (
            *(Interrupt(visit=_visit_of(task), source=task) for task in asked),
            *(_of_signal(row) for row in heard),
        )

    async def give(self, wait: SignalWait, payload: Any) -> bool:
        """Give a signal to this one visit; False where it waits no longer."""
        mark = {"project_id": wait.project_id, "name": wait.name, "key": wait.key}
        place = asdict(wait.visit)
        row = {"id": self._ids.new(), "payload": payload, "received_at": self._clock.now()}

        def give(connection: Connection) -> bool:
            take_turns(connection, *mark.values())
            wake(connection, wait.visit.run_id)  # its run first, as whoever ends a run does
            if not connection.execute(END_WAIT, place).rowcount:
                return False
            connection.execute(_ADD_SIGNAL, {**row, **mark, **place})
            ask(connection)
            return True

        return await self._database.write(give)


def _visit_of(task: Task) -> VisitRef:
    return VisitRef(run_id=task.run_id, node_id=task.node_id, path=task.path, visit=task.visit)


def _of_signal(row: Any) -> Interrupt:
    visit = VisitRef(**{name: getattr(row, name) for name in _PLACE})
    wait = SignalWait(project_id=row.project_id, name=row.name, key=row.key, visit=visit)
    return Interrupt(visit=visit, source=wait)
