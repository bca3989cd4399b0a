"""Whose turn it is: of the runs of a thread, the oldest that is not over.

A run gets its turn once and for all when it is created, and what is over stays over. So a run whose
turn has come is not overtaken: no two claims on a thread can both be right, whatever they see of
one another.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, Connection, bindparam, exists, select
from sqlalchemy.sql.expression import FromClause

from services.domain.runs import RunStatus
from services.store.dialects import DatabaseTime
from services.store.tables import workflow_runs
from services.store.wakes import ALIVE


def has_its_turn(runs: FromClause) -> ColumnElement[bool]:
    """Whether no run before it on its thread is still alive."""
    before = workflow_runs.alias()
    return ~exists().where(
        before.c.project_id == runs.c.project_id,
        before.c.thread_id == runs.c.thread_id,
        before.c.turn < runs.c.turn,
        before.c.status.in_(ALIVE),
    )


_NEXT = workflow_runs.alias("following")
_FOLLOWING = (
    select(workflow_runs.c.id, _NEXT.c.id.label("next"))
    .join(_NEXT, _NEXT.c.thread_id == workflow_runs.c.thread_id)
    .where(
        _NEXT.c.project_id == workflow_runs.c.project_id,
        workflow_runs.c.id.in_(bindparam("over", expanding=True)),
        _NEXT.c.turn > workflow_runs.c.turn,
        _NEXT.c.status == RunStatus.PENDING,
        _NEXT.c.wake_at <= DatabaseTime(),
        has_its_turn(_NEXT),
    )
)


def followers(connection: Connection, over: Collection[str]) -> dict[str, str]:
    """By run that has just ended, the run that waited for its end and may begin now."""
    if not over:
        return {}
    rows = connection.execute(_FOLLOWING, {"over": sorted(over)})
    return {row.id: row.next for row in rows}
