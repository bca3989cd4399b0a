"""Makes a run due together with the runs that wait for it.

A sub-run is executed in the place of its parent. So what it was waiting for is the business of the
whole line up to the run that nobody asked for: that one is claimed, and comes to the sub-run again.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import CTE, Connection, Float, bindparam, select, update

from services.domain.runs import TERMINAL, RunStatus
from services.store.dialects import DatabaseTime
from services.store.notifications import ask
from services.store.tables import workflow_runs

ALIVE: Final = [status for status in RunStatus if status not in TERMINAL]

_RUN = workflow_runs.c


def _line() -> CTE:
    """A run and those that asked for it."""
    line = select(_RUN.id, _RUN.parent_run_id).where(_RUN.id == bindparam("run"))
    growing = line.cte("line", recursive=True)
    parents = select(_RUN.id, _RUN.parent_run_id).join(growing, _RUN.id == growing.c.parent_run_id)
    return growing.union_all(parents)


_LINE: Final = _line()
ROOT: Final = select(_LINE.c.id).where(_LINE.c.parent_run_id.is_(None))
"""The run at the top of a run's line."""

_WAKE: Final = (
    update(workflow_runs)
    .where(_RUN.id.in_(select(_LINE.c.id)), _RUN.status.in_(ALIVE))
    .values(wake_at=DatabaseTime())
)


_DUE_IN: Final = (
    update(workflow_runs)
    .where(_RUN.id == bindparam("run"))
    .values(wake_at=DatabaseTime(bindparam("seconds", type_=Float)))
)


def due_in(connection: Connection, run_id: str, seconds: float = 0.0) -> None:
    """Make a new run due, now or later, and have whoever executes runs hear of it."""
    connection.execute(_DUE_IN, {"run": run_id, "seconds": seconds})
    ask(connection)


def wake(connection: Connection, run_id: str) -> None:
    """Make a run due, and those that wait for it."""
    connection.execute(_WAKE, {"run": run_id})
