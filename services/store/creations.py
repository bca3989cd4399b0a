"""The transaction that writes a new run with its first events."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import Connection, bindparam, select

from services.domain.events.frames import Frame, StoredEvent, to_frame
from services.domain.events.runs import RunCreated
from services.domain.projection import fold
from services.domain.reruns.going_on import Taken
from services.domain.runs import Run
from services.store.dialects import missing_inserts, was_inserted
from services.store.entries import add_events, save_states
from services.store.notifications import ask, notify
from services.store.outbox import offer
from services.store.rows import RUN_COLUMNS, row_of_run, row_of_state, rows_of_events, run_of
from services.store.tables import workflow_runs

_SINCE_EVER = datetime(1970, 1, 1, tzinfo=UTC)
"""A due time that has come by any clock."""

_NEW_RUN = missing_inserts(workflow_runs)
_IS_HELD = (
    select(workflow_runs.c.is_held)
    .where(workflow_runs.c.id == bindparam("run"))
    .with_for_update()  # whoever holds a tree first holds the parent, and then sees this child
)
_BY_KEY = select(*RUN_COLUMNS).where(
    workflow_runs.c.project_id == bindparam("project"),
    workflow_runs.c.idempotency_key == bindparam("key"),
)


def create(
    connection: Connection,
    run: Run,
    event: RunCreated,
    stored: StoredEvent,
    key: str | None,
    taken: Taken | None = None,
) -> tuple[Run, tuple[Frame, ...]]:
    """Write a new run with its first events; with an idempotency key only once.

    Returns:
        The run and the frames to show, or the earlier run with this key and none.
    """
    events, entries = (taken.events, taken.stored) if taken is not None else ((), ())
    created, states = fold(run, [event, *events])
    placed = [entry.placed(seq) for seq, entry in enumerate([stored, *entries], 1)]
    created = replace(created, next_seq=len(placed) + 1, is_held=_is_born_held(connection, created))
    row = row_of_run(created) | {"idempotency_key": key, "fence": 0}
    if created.parent_run_id is not None or created.source_run_id is not None:
        row["wake_at"] = _SINCE_EVER  # whoever wanted it may be gone before it begins
    if not was_inserted(connection, _NEW_RUN, row):
        values = {"project": run.project_id, "key": key}
        return run_of(connection.execute(_BY_KEY, values).one()), ()
    add_events(connection, rows_of_events(run.id, placed))
    save_states(connection, [row_of_state(run.id, state) for state in states.values()])
    # What it has kept of another run does not happen again.
    offer(connection, {run.id: run.project_id}, rows_of_events(run.id, placed[:1]))
    notify(connection, {run.id: (1, len(placed))})
    if created.source_run_id is not None:
        ask(connection)
    return created, tuple(to_frame(run.id, entry) for entry in placed)


def _is_born_held(connection: Connection, run: Run) -> bool:
    """Whether nothing of a new run may begin yet, because its parent is held."""
    if run.parent_run_id is None:
        return False
    return bool(connection.execute(_IS_HELD, {"run": run.parent_run_id}).scalar_one())
