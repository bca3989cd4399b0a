"""Runs, visits and entries of logs as rows, and back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row

from services.domain.events.base import RunError
from services.domain.events.frames import StoredEvent
from services.domain.runs import Run, RunStatus
from services.domain.visits import NodeState, NodeStatus
from services.store.tables import workflow_node_states, workflow_run_events, workflow_runs
from workflow_compiler.usage import Usage

RUN_COLUMNS = tuple(workflow_runs.c[name] for name in Run.__dataclass_fields__)
EVENT_COLUMNS = tuple(workflow_run_events.c[name] for name in StoredEvent.__dataclass_fields__)
STATE_COLUMNS = tuple(workflow_node_states.c[name] for name in NodeState.__dataclass_fields__)


def run_of(row: Row[Any]) -> Run:
    """The run in a row that has the `RUN_COLUMNS`."""
    values = {column.name: getattr(row, column.name) for column in RUN_COLUMNS}
    typed = {
        "status": RunStatus(row.status),
        "error": _error(row.error),
        "usage": usage_of(row.usage),
    }
    return Run(**values | typed)


def row_of_run(run: Run) -> dict[str, Any]:
    """The `RUN_COLUMNS` of a run."""
    return {column.name: getattr(run, column.name) for column in RUN_COLUMNS}


def state_of(row: Row[Any]) -> NodeState:
    """The visit in a row that has the `STATE_COLUMNS`."""
    return NodeState(
        **row._asdict()
        | {
            "status": NodeStatus(row.status),
            "error": _error(row.error),
            "usage": usage_of(row.usage),
        }
    )


def row_of_state(run_id: str, state: NodeState) -> dict[str, Any]:
    """The row of a visit."""
    row = {column.name: getattr(state, column.name) for column in STATE_COLUMNS}
    return row | {"run_id": run_id}


def usage_of(value: dict[str, Any] | None) -> Usage | None:
    """The usage in a column of that name."""
    return None if value is None else Usage(**value)


def event_of(row: Row[Any]) -> StoredEvent:
    """The entry of a log in a row that has the `EVENT_COLUMNS`."""
    return StoredEvent(**row._asdict())


def row_of_event(run_id: str, stored: StoredEvent) -> dict[str, Any]:
    """The row of an entry of a run's log."""
    row = {column.name: getattr(stored, column.name) for column in EVENT_COLUMNS}
    return row | {"run_id": run_id}


def rows_of_events(run_id: str, stored: Iterable[StoredEvent]) -> list[dict[str, Any]]:
    """The rows of entries of a run's log."""
    return [row_of_event(run_id, entry) for entry in stored]


def _error(value: dict[str, Any] | None) -> RunError | None:
    return None if value is None else RunError.of(value)
