from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from tests.support.service import created, run_of, service
from tests.unit.api.cli.conftest import Told, Workflow

GREETING = {
    "name": "greeting",
    "nodes": [{"id": "greet", "type": "template", "config": {"template": "Hi"}}],
}


async def prepared(folder: Path) -> None:
    async with service(folder) as services:
        await run_of(services, GREETING)
        await created(services, GREETING)


@pytest.fixture
def database(tmp_path: Path) -> tuple[str, str]:
    asyncio.run(prepared(tmp_path))
    return ("--database-url", f"sqlite:///{tmp_path / 'test.db'}")


def scheduled(workflow: Workflow, database: tuple[str, str], *words: str) -> Told:
    wanted = ("--workflow", "greeting", "--cron", "0 6 * * *", *words)
    return workflow("schedules", "create", "daily", *wanted, *database)


def test_schedules_are_made_paused_resumed_and_removed(
    workflow: Workflow, database: tuple[str, str]
) -> None:
    told = scheduled(workflow, database, "--time-zone", "Europe/Berlin")
    assert told.code == 0
    schedule_id = told.out.strip()

    def listed() -> dict[str, object]:
        (line,) = workflow("schedules", "list", "--json", *database).out.splitlines()
        return dict(json.loads(line))

    assert listed()["id"] == schedule_id
    assert "paused" in workflow("schedules", "pause", schedule_id, *database).err
    assert listed()["is_active"] is False
    assert "next run at" in workflow("schedules", "resume", schedule_id, *database).err
    assert listed()["is_active"] is True
    assert "0 6 * * *" in workflow("schedules", "list", *database).out
    assert workflow("schedules", "delete", schedule_id, *database).code == 0
    assert workflow("schedules", "list", "--json", *database).out == ""
    assert workflow("schedules", "delete", schedule_id, *database).code == 2


def test_a_schedule_that_makes_no_sense_is_refused(
    workflow: Workflow, database: tuple[str, str]
) -> None:
    told = scheduled(workflow, database, "--cron", "whenever")
    assert told.code == 2
    assert "five fields" in told.err
    assert scheduled(workflow, database, "--workflow", "nothing").code == 2


def test_runs_that_are_over_are_pruned(workflow: Workflow, database: tuple[str, str]) -> None:
    later = workflow("runs", "prune", "--older-than", "1h", *database)
    assert (later.code, later.out) == (0, "0\n")
    would = workflow("runs", "prune", "--older-than", "0s", "--dry-run", *database)
    assert would.err.startswith("would remove 1 run and 0 sub-runs")
    for gone in ("1", "0"):
        words = ("--older-than", "0s", "--workflow", "greeting")
        told = workflow("runs", "prune", *words, *database)
        assert (told.code, told.out) == (0, f"{gone}\n")
    assert len(workflow("runs", "list", "--json", *database).out.splitlines()) == 1


@pytest.mark.parametrize(
    "words",
    [
        ("--older-than", "yesterday"),
        ("--older-than", "5"),
        ("--older-than", "1d", "--status", "running"),
        ("--older-than", "1d", "--workflow", "nothing"),
    ],
)
def test_what_names_no_runs_is_refused(
    workflow: Workflow, database: tuple[str, str], words: tuple[str, ...]
) -> None:
    assert workflow("runs", "prune", *words, *database).code == 2
