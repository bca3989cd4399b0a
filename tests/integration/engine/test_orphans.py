"""A run that is cancelled takes its sub-runs with it, though nobody executes any of them then."""

from __future__ import annotations

import asyncio
from pathlib import Path

from services.bootstrap import Services, open_records
from services.domain.events.runs import RunWaiting
from services.domain.runs import Run, RunStatus
from services.domain.selecting import RunSelection
from services.domain.waits import TaskStatus
from tests.support.service import created, ended, service

CHILD = {"name": "child", "nodes": [{"id": "ask", "type": "human", "config": {"prompt": "Well?"}}]}
PARENT = {
    "name": "parent",
    "nodes": [{"id": "sub", "type": "subworkflow", "config": {"workflow": "child"}}],
}


async def waiting_child(services: Services, parent: Run) -> Run:
    """The sub-run of a run that is executed, when it waits for somebody."""
    async with services.runs.watch(parent.id) as frames:
        await services.runs.execute(parent.id)
        async for frame in frames:
            if frame.type == "log":  # it names its sub-run
                break
    (child,) = (await services.runs.page("default", RunSelection(parent_run_id=parent.id))).items
    async with services.runs.watch(child.id) as frames:
        async for frame in frames:
            if frame.type == RunWaiting.type:
                break
    return child


async def test_a_cancel_between_two_processes_goes_down_the_tree(tmp_path: Path) -> None:
    quick = {"wait_linger_seconds": 0, "shutdown_grace_seconds": 0}
    async with service(tmp_path, **quick) as services:
        await services.workflows.publish("default", CHILD)
        parent = await created(services, PARENT)
        child = await waiting_child(services, parent)
        settings = services.settings
    async with open_records(settings) as records:
        await records.runs.cancel(parent.id, "no need")
    async with service(tmp_path, **quick) as services, asyncio.timeout(60):
        assert (await ended(services, parent.id)).status is RunStatus.CANCELLED
        assert (await ended(services, child.id)).status is RunStatus.CANCELLED
        (task,) = (await services.waits.tasks("default", run_id=child.id)).items
        assert task.status is TaskStatus.CANCELLED
