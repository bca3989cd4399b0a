"""Runs that go on with another version, and retries that do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from services.bootstrap import Services
from services.domain.events.runs import RunMigrated, RunWaiting
from services.domain.events.waits import NodeWaiting
from services.domain.reruns.going_on import From
from services.domain.runs import Run, RunStatus
from services.domain.waits import TaskStatus
from services.errors import (
    IncompatibleVersionError,
    RunIsNotAtRestError,
    VersionNotFoundError,
)
from services.usecases.retries import Wish
from tests.support.service import created, ended, log_of, run_of, service
from tests.unit.workflow_compiler.running import Document, edge, node, path, workflow

ASKING = workflow(
    node("before", expression="1"),
    node("ask", "human", prompt="May I?"),
    node("after", expression="before.output + 1"),
    edges=path("before", "ask", "after"),
)


@pytest.fixture
async def services(tmp_path: Path) -> AsyncIterator[Services]:
    async with service(tmp_path, wait_linger_seconds=0) as opened:
        yield opened


async def at_rest(services: Services, document: Document = ASKING) -> Run:
    """A run that waits for a person, and that no process holds."""
    run = await created(services, document)
    async with services.runs.watch(run.id) as frames:
        await services.runs.execute(run.id)
        async for frame in frames:
            if frame.type == RunWaiting.type:
                break
    return await services.runs.get(run.id)


async def changed(services: Services, **nodes: Document | None) -> int:
    """Another version of ASKING: other nodes, more of them after `after`, or some of them gone."""
    known = {one["id"]: one for one in ASKING["nodes"]} | nodes
    kept = [one for one in known.values() if one is not None]
    ids = {one["id"] for one in kept}
    edges = [one for one in ASKING["edges"] if {one["source"], one["target"]} <= ids]
    edges += [edge("after", name) for name in nodes if name not in {"before", "ask", "after"}]
    document = ASKING | {"nodes": kept, "edges": edges}
    return (await services.workflows.publish("default", document)).version.version


async def answered(services: Services, run: Run) -> Run:
    (task,) = (await services.waits.tasks("default", run_id=run.id, status=TaskStatus.OPEN)).items
    await services.waits.complete("default", task.id, {}, "ada")
    return await ended(services, run.id)


async def test_a_waiting_run_goes_on_with_another_version(services: Services) -> None:
    run = await at_rest(services)
    version = await changed(
        services,
        after=node("after", expression="before.output + 10"),
        last=node("last", expression="after.output * 2"),
    )

    moved = await services.migrations.migrate(run.id, version)
    assert (moved.version, moved.status, moved.node_count) == (2, RunStatus.WAITING, 4)

    done = await answered(services, run)
    assert (done.status, done.output, done.version) == (RunStatus.COMPLETED, {"last": 22}, 2)
    assert done.progress == 1.0
    (told,) = [event for event in await log_of(services, run) if isinstance(event, RunMigrated)]
    assert (told.version, told.from_version) == (2, 1)
    asked = [event for event in await log_of(services, run) if isinstance(event, NodeWaiting)]
    assert len(asked) == 1, "the question stays the same one"


async def test_a_paused_run_is_moved_and_goes_on_when_it_is_resumed(services: Services) -> None:
    run = await at_rest(services)
    await services.runs.pause(run.id)
    version = await changed(services, after=node("after", expression="before.output + 10"))

    moved = await services.migrations.migrate(run.id, version)
    assert (moved.version, moved.status) == (2, RunStatus.PAUSED)

    await services.runs.resume(run.id)
    assert (await answered(services, run)).output == {"after": 11}


async def test_a_run_stays_on_its_version_unless_it_is_moved(services: Services) -> None:
    run = await at_rest(services)
    await changed(services, after=node("after", expression="99"))

    done = await answered(services, run)

    assert (done.version, done.output) == (1, {"after": 2})


async def test_what_has_run_must_fit(services: Services) -> None:
    run = await at_rest(services)
    version = await changed(
        services,
        before=None,
        ask=node("ask", "human", prompt="Please?"),
        after=node("after", expression="1"),
    )

    with pytest.raises(IncompatibleVersionError) as refused:
        await services.migrations.migrate(run.id, version)

    reasons = {(reason.code, reason.node_id) for reason in refused.value.reasons}
    assert {("node-missing", "before"), ("node-config", "ask")} <= reasons
    assert (await services.runs.get(run.id)).version == 1
    assert (await answered(services, run)).output == {"after": 2}


async def test_an_input_that_a_version_refuses_stands_against_it(services: Services) -> None:
    run = await at_rest(services)
    published = await services.workflows.publish(
        "default", ASKING | {"input_schema": {"required": ["name"]}}
    )

    with pytest.raises(IncompatibleVersionError, match="input_schema"):
        await services.migrations.migrate(run.id, published.version.version)


async def test_only_a_run_at_rest_is_moved_and_only_to_what_is_there(services: Services) -> None:
    run = await at_rest(services)
    with pytest.raises(VersionNotFoundError):
        await services.migrations.migrate(run.id, 7)
    assert (await services.migrations.migrate(run.id, 1)).version == 1

    await answered(services, run)
    with pytest.raises(RunIsNotAtRestError, match="completed"):
        await services.migrations.migrate(run.id, 1)


def dividing(by: str, **more: Any) -> Document:
    return workflow(
        node("one", expression="8"),
        node("two", expression=f"one.output // {by}"),
        node("three", expression="two.output + 1"),
        edges=path("one", "two", "three"),
        **more,
    )


async def test_a_failed_run_is_retried_with_a_version_that_mends_it(services: Services) -> None:
    failed = await run_of(services, dividing("0"))
    await services.workflows.publish("default", dividing("2"))

    run = await services.retries.retry(failed.id, Wish(version=2))
    done = await ended(services, run.id)

    assert (done.status, done.output, done.version) == (RunStatus.COMPLETED, {"three": 5}, 2)


async def test_a_retry_with_a_version_that_does_not_fit_is_refused(services: Services) -> None:
    failed = await run_of(services, dividing("0"))
    other = dividing("2")
    other["nodes"][0]["type"] = "template"
    other["nodes"][0]["config"] = {"template": "8"}
    other["nodes"][1]["config"] = {"expression": "1"}
    await services.workflows.publish("default", other)

    with pytest.raises(IncompatibleVersionError) as refused:
        await services.retries.retry(failed.id, Wish(version=2))
    assert [(r.code, r.node_id) for r in refused.value.reasons] == [("node-type", "one")]

    run = await services.retries.retry(failed.id, Wish(begin=From(node_id="one"), version=2))
    assert (await ended(services, run.id)).output == {"three": 2}
