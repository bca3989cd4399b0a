"""What is over waits for nothing any more: in the transaction that ends it, so nobody sees both.

An open task of a visit that was cancelled would be answered in vain.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import (
    ColumnElement,
    Connection,
    Delete,
    Table,
    Update,
    bindparam,
    delete,
    select,
    update,
)

from services.domain.runs import TERMINAL
from services.domain.waits import TaskStatus, VisitRef
from services.errors import RunIsOverError
from services.store.dialects import DatabaseTime
from services.store.tables import workflow_runs, workflow_signal_waits, workflow_tasks
from services.store.wakes import ALIVE


def ask_no_more(
    connection: Connection, run_ids: Collection[str], visits: Collection[VisitRef]
) -> None:
    """Close the open tasks of runs and visits that are over; no signal goes to them any more.

    Sub-runs that such a run leaves behind are due at once: whoever claims them ends them.
    """
    runs = [{"run": run_id} for run_id in run_ids]
    places = [
        {"in_run": v.run_id, "of_node": v.node_id, "at_path": v.path, "in_visit": v.visit}
        for v in visits
    ]
    for statements, values in ((_RUN_OVER, runs), (_VISIT_OVER, places)):
        if values:
            for statement in statements:
                connection.execute(statement, values)


def must_go_on(connection: Connection, run_id: str) -> None:
    """Have a run not end until this transaction does; it must not have ended before.

    A process that has lost the run may still ask for one that is over: nobody would ever answer.

    Raises:
        RunIsOverError: it is over.
    """
    status = connection.execute(_LOCK, {"run": run_id}).scalar_one()
    if status in TERMINAL:
        raise RunIsOverError(run_id, status)


def _of_run(table: Table) -> ColumnElement[bool]:
    return table.c.run_id == bindparam("run")


def _of_visit(table: Table) -> ColumnElement[bool]:
    return (
        (table.c.run_id == bindparam("in_run"))
        & (table.c.node_id == bindparam("of_node"))
        & (table.c.path == bindparam("at_path"))
        & (table.c.visit == bindparam("in_visit"))
    )


def _closing(of: ColumnElement[bool]) -> Update:
    open_ones = of & (workflow_tasks.c.status == TaskStatus.OPEN)
    return update(workflow_tasks).where(open_ones).values(status=TaskStatus.CANCELLED)


def _leaving(of: ColumnElement[bool]) -> Delete:
    return delete(workflow_signal_waits).where(of)


_LEFT_BEHIND = (
    update(workflow_runs)
    .where(
        workflow_runs.c.parent_run_id == bindparam("run"),
        workflow_runs.c.status.in_(ALIVE),
        workflow_runs.c.lease_until.is_(None),
    )
    .values(wake_at=DatabaseTime(), is_held=False)
)

_RUN_OVER = (
    _closing(_of_run(workflow_tasks)),
    _leaving(_of_run(workflow_signal_waits)),
    _LEFT_BEHIND,
)
_VISIT_OVER = (_closing(_of_visit(workflow_tasks)), _leaving(_of_visit(workflow_signal_waits)))
_LOCK = select(workflow_runs.c.status).where(workflow_runs.c.id == bindparam("run"))
_LOCK = _LOCK.with_for_update()
