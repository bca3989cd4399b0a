from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from tests.support.service import run_of, service
from tests.unit.api.cli.conftest import Workflow

QUICK = {
    "name": "quick",
    "nodes": [{"id": "one", "type": "transform", "config": {"expression": "1"}}],
}


@pytest.fixture
def database(tmp_path: Path) -> tuple[str, str]:
    return ("--database-url", f"sqlite:///{tmp_path / 'test.db'}")


async def execute(folder: Path) -> None:
    async with service(folder) as services:
        await run_of(services, QUICK)


def test_a_webhook_is_made_listed_and_deleted(
    workflow: Workflow, database: tuple[str, str], tmp_path: Path
) -> None:
    words = ("https://127.0.0.1:9/x", "--event", "workflow.run.*", "--event", "workflow.log")
    made = json.loads(workflow("webhooks", "create", *words, *database).out)
    assert made["secret"].startswith("whsec_")
    assert made["event_types"] == ["workflow.run.*", "workflow.log"]

    listed = workflow("webhooks", "list", "--json", *database).out
    assert json.loads(listed)["id"] == made["id"]
    table = workflow("webhooks", "list", *database).out
    assert made["id"] in table
    assert made["secret"] not in listed + table

    asyncio.run(execute(tmp_path))
    rows = workflow("webhooks", "deliveries", made["id"], "--json", *database).out.splitlines()
    types = [json.loads(row)["type"] for row in reversed(rows)]
    assert types == ["workflow.run.created", "workflow.run.started", "workflow.run.completed"]
    delivery = json.loads(rows[0])["id"]
    assert delivery in workflow("webhooks", "deliveries", made["id"], *database).out
    again = workflow("webhooks", "redeliver", made["id"], delivery, *database)
    assert (again.code, again.err) == (0, f"delivery {delivery} is pending\n")

    gone = workflow("webhooks", "delete", made["id"], *database)
    assert (gone.code, gone.err) == (0, f"webhook {made['id']} is deleted\n")
    assert workflow("webhooks", "delete", made["id"], *database).code == 2


def test_all_that_is_wrong_is_said(workflow: Workflow, database: tuple[str, str]) -> None:
    told = workflow("webhooks", "create", "here", "--event", "done", *database)
    assert told.code == 2
    assert "/url: write http://host" in told.err
    assert "/event_types/0: no event has the type 'done'" in told.err
