"""How entries of logs and the visits that they tell of are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, insert

from services.store.dialects import upserts
from services.store.tables import workflow_node_states, workflow_run_events

_ADD_EVENTS: Final = insert(workflow_run_events)
_SAVE_STATES: Final = upserts(workflow_node_states)


def add_events(connection: Connection, entries: Sequence[Mapping[str, Any]]) -> None:
    """Add entries to logs."""
    if entries:
        connection.execute(_ADD_EVENTS, entries)


def save_states(connection: Connection, states: Sequence[Mapping[str, Any]]) -> None:
    """Write how visits stand, each at most once."""
    if states:
        connection.execute(_SAVE_STATES[connection.dialect.name], states)
