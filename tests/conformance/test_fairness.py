"""A project with thousands of due runs keeps the few of another one from nobody's sight."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, insert

from services.store.tables import projects, workflow_graphs, workflow_runs, workflow_versions
from tests.support.stores import Store

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def _fill(connection: Connection, project: str, number: int) -> None:
    if project != "default":
        row = {"id": project, "name": project, "created_at": LONG_AGO}
        connection.execute(insert(projects), row)
    workflow = f"{project}-workflow"
    made = {"created_at": LONG_AGO}
    graph = {"id": workflow, "project_id": project, "name": "w", "head_version": 1}
    connection.execute(insert(workflow_graphs), graph | made | {"updated_at": LONG_AGO})
    version = {"workflow_id": workflow, "version": 1, "definition": {}, "fingerprint": ""}
    connection.execute(insert(workflow_versions), version | made)
    connection.execute(insert(workflow_runs), [_due(project, n) for n in range(number)])


def _due(project: str, number: int) -> dict[str, Any]:
    run_id = f"{project}-{number:05}"
    return {
        "id": run_id,
        "thread_id": run_id,
        "project_id": project,
        "workflow_id": f"{project}-workflow",
        "version": 1,
        "status": "pending",
        "input": {},
        "wake_at": LONG_AGO + timedelta(seconds=number),
        "created_at": LONG_AGO,
    }


@pytest.mark.parametrize("many", [10_000])
async def test_each_project_is_seen(store: Store, many: int) -> None:
    await store.database.write(lambda connection: _fill(connection, "default", many))
    await store.database.write(lambda connection: _fill(connection, "small", 2))
    due = await store.leases.due(50)
    assert due[:5] == [
        "default-00000",
        "small-00000",
        "default-00001",
        "small-00001",
        "default-00002",
    ]
    assert len(due) == 50
