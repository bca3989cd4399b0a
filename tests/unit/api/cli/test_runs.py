from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from api.cli.replay import Playback
from services.domain.runs import Run
from tests.support.service import created, run_of, service
from tests.unit.api.cli.conftest import Workflow

GREETING = {"name": "greeting", "nodes": [{"id": "end", "type": "end"}], "edges": []}


async def a_pending_and_a_completed_run(folder: Path) -> tuple[Run, Run]:
    async with service(folder) as services:
        return await created(services, GREETING), await run_of(services, GREETING)


@pytest.fixture
def runs(tmp_path: Path) -> tuple[Run, Run]:
    return asyncio.run(a_pending_and_a_completed_run(tmp_path))


@pytest.fixture
def database(tmp_path: Path) -> tuple[str, str]:
    return ("--database-url", f"sqlite:///{tmp_path / 'test.db'}")


def test_runs_are_listed(
    workflow: Workflow, runs: tuple[Run, Run], database: tuple[str, str]
) -> None:
    pending, completed = runs
    lines = workflow("runs", "list", "--json", *database).out.splitlines()
    assert [json.loads(line)["id"] for line in lines] == [completed.id, pending.id]
    table = workflow("runs", "list", "--status", "completed", *database).out
    assert completed.id in table
    assert pending.id not in table


def test_a_run_is_shown_with_its_visits(
    workflow: Workflow, runs: tuple[Run, Run], database: tuple[str, str]
) -> None:
    shown = json.loads(workflow("runs", "show", runs[1].id, "--json", *database).out)
    assert (shown["id"], shown["status"]) == (runs[1].id, "completed")
    assert [(node["node_id"], node["visit"]) for node in shown["nodes"]] == [("end", 1)]
    assert "completed" in workflow("runs", "show", runs[1].id, *database).out


def test_the_sub_runs_of_a_run_are_shown(
    workflow: Workflow, tmp_path: Path, database: tuple[str, str]
) -> None:
    async def nested() -> Run:
        async with service(tmp_path) as services:
            await services.workflows.publish("default", GREETING)
            sub = {"id": "sub", "type": "subworkflow", "config": {"workflow": "greeting"}}
            return await run_of(services, {"name": "outer", "nodes": [sub]})

    run = asyncio.run(nested())
    shown = json.loads(workflow("runs", "show", run.id, "--json", *database).out)
    (child,) = shown["tree"]["children"]
    assert (child["run"]["workflow"], child["node_id"]) == ("greeting", "sub")
    text = workflow("runs", "show", run.id, *database).out
    assert f"└── sub: greeting version 1  completed  {child['run']['id']}" in text


def test_a_run_is_cancelled_once(
    workflow: Workflow, runs: tuple[Run, Run], database: tuple[str, str]
) -> None:
    first = workflow("runs", "cancel", runs[0].id, *database)
    assert (first.code, first.err) == (0, f"run {runs[0].id} is cancelled\n")
    again = workflow("runs", "cancel", runs[0].id, *database)
    assert again.code == 2
    assert "is over" in again.err


def test_all_that_stand_somewhere_are_cancelled(
    workflow: Workflow, runs: tuple[Run, Run], database: tuple[str, str]
) -> None:
    asked = workflow("runs", "cancel", "--status", "pending", "--status", "waiting", *database)
    assert (asked.code, asked.err) == (0, f"run {runs[0].id} is cancelled\n")
    again = workflow("runs", "cancel", "--status", "pending", *database)
    assert (again.code, again.err) == (0, "")
    refused = workflow("runs", "cancel", "--status", "completed", *database)
    assert refused.code == 2
    assert "is over" in refused.err
    assert workflow("runs", "cancel", *database).code == 2
    assert workflow("runs", "cancel", "r", "--status", "pending", *database).code == 2


ADDING = {
    "name": "adding",
    "nodes": [
        {"id": "one", "type": "transform", "config": {"expression": "input.n"}},
        {"id": "two", "type": "transform", "config": {"expression": "10 // one.output"}},
    ],
    "edges": [{"source": "one", "target": "two"}],
}


@pytest.fixture
def failed(tmp_path: Path) -> Run:
    async def run() -> Run:
        async with service(tmp_path) as services:
            return await run_of(services, ADDING, {"n": 0})

    return asyncio.run(run())


def test_a_failed_run_is_retried_with_another_input(
    workflow: Workflow, failed: Run, database: tuple[str, str]
) -> None:
    told = workflow(
        *("runs", "retry", failed.id, "--from", "one", "--input", '{"n": 5}', *database)
    )
    assert (told.code, json.loads(told.out)) == (0, {"two": 2})
    assert f"goes on from run {failed.id}" in told.err


def test_a_retry_that_fails_again_says_so(
    workflow: Workflow, failed: Run, database: tuple[str, str]
) -> None:
    told = workflow("runs", "retry", failed.id, "--no-watch", *database)
    assert told.code == 1
    assert "division by zero" in told.err


def test_a_retry_that_cannot_be_is_refused(
    workflow: Workflow, failed: Run, database: tuple[str, str]
) -> None:
    told = workflow("runs", "retry", failed.id, "--from", "three", *database)
    assert told.code == 2
    assert "visited nodes: 'one', 'two'" in told.err


def test_one_visit_is_retried_with_a_version(
    workflow: Workflow, failed: Run, database: tuple[str, str]
) -> None:
    chosen = ("--from", "one", "--path", "", "--visit", "1", "--version", "1")
    told = workflow("runs", "retry", failed.id, *chosen, "--input", '{"n": 5}', *database)
    assert (told.code, json.loads(told.out)) == (0, {"two": 2})


@pytest.mark.parametrize(
    ("flags", "reason"),
    [
        (("--from", "one", "--visit", "2"), "'one'"),
        (("--from", "one", "--path", "loop[1]"), "loop[1]"),
        (("--version", "7"), "@7'"),
        (("--visit", "1"), "--from"),
        (("--path", "loop[1]"), "--from"),
    ],
)
def test_a_retry_from_what_is_not_there_is_refused(
    workflow: Workflow,
    failed: Run,
    database: tuple[str, str],
    flags: tuple[str, ...],
    reason: str,
) -> None:
    told = workflow("runs", "retry", failed.id, *flags, *database)
    assert told.code == 2
    assert reason in told.err


def test_only_a_run_at_rest_changes_its_version(
    workflow: Workflow, failed: Run, database: tuple[str, str]
) -> None:
    told = workflow("runs", "migrate", failed.id, "--version", "1", *database)
    assert told.code == 2
    assert "waiting or paused" in told.err


def test_a_run_is_shown_once_more(
    workflow: Workflow, runs: tuple[Run, Run], database: tuple[str, str]
) -> None:
    told = workflow("runs", "replay", runs[1].id, "--json", "--speed", "1000", *database)
    types = [json.loads(line)["type"] for line in told.out.splitlines()]
    assert told.code == 0
    assert (types[0], types[-1]) == ("workflow.run.created", "workflow.run.completed")


def test_the_time_of_a_log_passes_as_quickly_as_is_said() -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    playback = Playback(speed=2.0, longest=3.0)
    waits = [playback.seconds_until(at + timedelta(seconds=s)) for s in (0, 4, 4, 3, 100)]
    assert waits == [0.0, 2.0, 0.0, 0.0, 3.0]
    assert playback.now() <= at + timedelta(seconds=100)
