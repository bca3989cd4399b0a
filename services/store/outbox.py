"""Writes down who is to be told of an event, in the transaction that writes the event.

So no event is told that did not happen, and none that happened is forgotten, whatever process dies
when. Whether anybody wants to be told comes with the rows of the runs that are read anyway.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final
from uuid import UUID, uuid5

from sqlalchemy import Connection, bindparam, exists, insert, select

from services.domain.webhooks import MAX_ATTEMPTS, DeliveryStatus, wants
from services.store.dialects import DatabaseTime
from services.store.tables import workflow_runs, workflow_webhook_deliveries, workflow_webhooks

_HOOK: Final = workflow_webhooks.c

HAS_WEBHOOKS: Final = (
    exists()
    .where(_HOOK.project_id == workflow_runs.c.project_id, _HOOK.is_active)
    .correlate(workflow_runs)
    .label("has_webhooks")
)
"""Of a run: whether somebody is told of its events."""

_ACTIVE: Final = (
    select(_HOOK.id, _HOOK.project_id, _HOOK.event_types)
    .where(_HOOK.project_id.in_(bindparam("projects", expanding=True)), _HOOK.is_active)
    .order_by(_HOOK.id)
    # A webhook that somebody deletes meanwhile stays until its deliveries are written.
    .with_for_update(read=True, key_share=True)
)
_ADD: Final = insert(workflow_webhook_deliveries).values(
    next_at=DatabaseTime(), created_at=DatabaseTime()
)


def offer(
    connection: Connection, projects: Mapping[str, str], entries: Iterable[Mapping[str, Any]]
) -> None:
    """Write deliveries of new rows of logs for the webhooks that want them.

    `projects` has the project of each run that may have a webhook.
    """
    if not projects:
        return
    webhooks = connection.execute(_ACTIVE, {"projects": sorted(set(projects.values()))}).all()
    if webhooks and (rows := list(_deliveries(webhooks, projects, entries))):
        connection.execute(_ADD, rows)


def _deliveries(
    webhooks: Sequence[Any], projects: Mapping[str, str], entries: Iterable[Mapping[str, Any]]
) -> Iterator[dict[str, Any]]:
    for entry in entries:
        project = projects.get(entry["run_id"])
        for webhook in webhooks:
            if webhook.project_id == project and wants(webhook.event_types, entry["type"]):
                yield _delivery(webhook.id, entry)


def _delivery(webhook_id: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    place = f"{entry['run_id']}:{entry['seq']}"
    return {
        "id": str(uuid5(UUID(webhook_id), place)),
        "webhook_id": webhook_id,
        "run_id": entry["run_id"],
        "seq": entry["seq"],
        "type": entry["type"],
        "status": DeliveryStatus.PENDING,
        "attempts": 0,
        "last_attempt": MAX_ATTEMPTS,
    }
