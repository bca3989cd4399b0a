from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from services.domain.events.runs import RunWaiting
from services.domain.waits import Task
from tests.support.service import created, service
from tests.unit.api.cli.conftest import Workflow

ASKING = {
    "name": "asking",
    "nodes": [
        {"id": "ask", "type": "human", "config": {"prompt": "Well?\nYes?", "assignee": "ada"}},
        {"id": "paid", "type": "wait_event", "config": {"name": "payment", "key": "7"}},
    ],
}


async def waiting(folder: Path) -> Task:
    async with service(folder, wait_linger_seconds=0) as services:
        run = await created(services, ASKING)
        async with services.runs.watch(run.id) as frames:
            await services.runs.execute(run.id)
            async for frame in frames:
                if frame.type == RunWaiting.type:
                    break
        (task,) = (await services.waits.tasks("default")).items
        return task


@pytest.fixture
def task(tmp_path: Path) -> Task:
    return asyncio.run(waiting(tmp_path))


@pytest.fixture
def database(tmp_path: Path) -> tuple[str, str]:
    return ("--database-url", f"sqlite:///{tmp_path / 'test.db'}")


def test_tasks_are_listed(workflow: Workflow, task: Task, database: tuple[str, str]) -> None:
    (row,) = workflow("tasks", "list", "--json", "--run", task.run_id, *database).out.splitlines()
    assert json.loads(row)["id"] == task.id
    table = workflow("tasks", "list", "--status", "open", "--assignee", "ada", *database).out
    assert task.id in table
    assert "Well? Yes?" in table
    assert task.id not in workflow("tasks", "list", "--assignee", "bob", *database).out


def test_a_task_is_answered_once(
    workflow: Workflow, task: Task, database: tuple[str, str], tmp_path: Path
) -> None:
    (tmp_path / "answer.json").write_text("[1]")
    words = ("tasks", "complete", task.id, "--answer", f"@{tmp_path / 'answer.json'}", *database)
    first = workflow(*words)
    assert (first.code, first.out) == (0, "")
    assert first.err == f"task {task.id} is completed; run {task.run_id} goes on\n"
    listed = json.loads(workflow("tasks", "list", "--json", *database).out)
    assert (listed["answer"], listed["answered_by"]) == ([1], "a user")
    again = workflow(*words)
    assert again.code == 2
    assert "is completed by a user" in again.err


def test_a_signal_says_who_got_it(
    workflow: Workflow, task: Task, database: tuple[str, str]
) -> None:
    first = workflow("signal", "payment", "--key", "7", "--payload", "5", *database)
    assert (first.code, first.err) == (0, f"node 'paid' of run {task.run_id} got it\n")
    again = workflow("signal", "payment", "--key", "7", *database)
    assert (again.code, "kept for the first that will" in again.err) == (0, True)


def test_a_value_has_a_bound(
    workflow: Workflow, task: Task, database: tuple[str, str], tmp_path: Path
) -> None:
    (tmp_path / "large.json").write_text(json.dumps("x" * 1_048_576))
    large = f"@{tmp_path / 'large.json'}"
    told = workflow("tasks", "complete", task.id, "--answer", large, *database)
    assert told.code == 2
    assert "--answer: more than 1,048,576 bytes" in told.err
