"""A process is killed with runs in its hands; another one takes care of them."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from services.bootstrap import Services
from services.domain.frames import from_stored
from services.domain.projection import fold
from services.domain.runs import NodeStatus, Run, RunStatus
from tests.support.service import service, states_of
from tests.support.victim import endless

LEASE_SECONDS = 1.0
REPO = Path(__file__).parents[3]


async def killed_while(what: str, folder: Path) -> str:
    """Kill a process at a certain point; the id of the run that it left behind."""
    victim = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.support.victim", str(folder), what),
        cwd=REPO,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert victim.stdout is not None
    line = await victim.stdout.readline()
    os.kill(victim.pid, signal.SIGKILL)
    assert await victim.wait() == -signal.SIGKILL
    return line.decode().strip()


async def ended(services: Services, run_id: str) -> Run:
    async with services.runs.watch(run_id) as frames:
        async for _ in frames:
            pass
    return await services.runs.get(run_id)


async def test_a_run_in_the_middle_is_ended_in_time_with_its_open_visit(tmp_path: Path) -> None:
    run_id = await killed_while("executing", tmp_path)

    async with service(tmp_path, {"endless": endless}, lease_seconds=LEASE_SECONDS) as services:
        async with asyncio.timeout(LEASE_SECONDS + 2):
            run = await ended(services, run_id)

        assert run.status is RunStatus.FAILED
        assert run.error is not None
        assert "stopped before its end" in run.error.message
        assert (await states_of(services, run))["endless", 1].status is NodeStatus.CANCELLED
        log = await services.log.after(run_id, 0)
        assert [entry.seq for entry in log] == list(range(1, len(log) + 1))
        seed = Run(
            id=run.id,
            project_id=run.project_id,
            workflow_id=run.workflow_id,
            version=run.version,
            created_at=run.created_at,
        )
        assert fold(seed, map(from_stored, log))[0] == run


@pytest.mark.parametrize("times", [1, 2])
async def test_a_run_that_was_only_accepted_is_executed_elsewhere(
    tmp_path: Path, times: int
) -> None:
    accepted = [await killed_while("accepting", tmp_path) for _ in range(times)]

    async with service(tmp_path, {"endless": endless}, lease_seconds=LEASE_SECONDS) as services:
        async with asyncio.timeout(LEASE_SECONDS + 2):
            runs = [await ended(services, run_id) for run_id in accepted]

    assert [(run.status, run.output) for run in runs] == [
        (RunStatus.COMPLETED, {"quick": 1})
    ] * times
