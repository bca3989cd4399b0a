"""Processes are killed with runs in their hands; others go on with them and repeat nothing."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections import Counter
from pathlib import Path

import pytest

from services.domain.events.runs import Resumption, RunResumed
from services.domain.runs import RunStatus
from services.domain.selecting import RunSelection
from services.domain.visits import NodeStatus
from tests.support.service import created, ended, log_of, service, states_of
from tests.support.victim import CHAIN, LEASE_SECONDS, functions, in_the_middle

REPO = Path(__file__).parents[3]
IN_TIME = LEASE_SECONDS + 60
"""The promise is a lease and two seconds; a machine that does other things gets some more."""


async def killed_while(folder: Path, *what: str) -> str:
    """Kill a process at a certain point; the id of the run that it left behind."""
    victim = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.support.victim", str(folder), *what),
        cwd=REPO,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert victim.stdout is not None
    line = await victim.stdout.readline()
    os.kill(victim.pid, signal.SIGKILL)
    assert await victim.wait() == -signal.SIGKILL
    return line.decode().strip()


def calls_in(folder: Path) -> Counter[str]:
    return Counter((folder / "calls").read_text().split())


async def test_a_run_in_the_middle_goes_on_and_repeats_nothing(tmp_path: Path) -> None:
    run_id = await killed_while(tmp_path, "executing")

    chain = functions(tmp_path, ends=True)
    async with service(tmp_path, chain, lease_seconds=LEASE_SECONDS) as services:
        async with asyncio.timeout(IN_TIME):
            run = await ended(services, run_id)

        assert (run.status, run.output) == (RunStatus.COMPLETED, {"after": [1]})
        assert run.attempt == 2
        assert calls_in(tmp_path) == {"before": 1, "endless": 2, "beside": 1}
        states = await states_of(services, run)
        assert states["never", 0].status is NodeStatus.SKIPPED
        assert states["endless", 1].attempt == 2
        resumed = [event for event in await log_of(services, run) if isinstance(event, RunResumed)]
        assert [(event.attempt, event.reason) for event in resumed] == [(2, Resumption.LOST)]


async def test_a_run_that_kills_its_process_again_and_again_fails(tmp_path: Path) -> None:
    run_id = await killed_while(tmp_path, "executing")
    for executions in ("2", "3"):
        await killed_while(tmp_path, "resuming", run_id, executions)

    chain = functions(tmp_path, ends=True)
    async with service(tmp_path, chain, lease_seconds=LEASE_SECONDS) as services:
        async with asyncio.timeout(IN_TIME):
            run = await ended(services, run_id)

        assert run.status is RunStatus.FAILED
        assert run.error is not None
        assert run.error.type == "CRASH_LOOP"
        assert run.error.message.endswith("'endless' had begun")
        assert calls_in(tmp_path) == {"before": 1, "endless": 3, "beside": 1}
        assert (await states_of(services, run))["endless", 1].status is NodeStatus.CANCELLED
        await log_of(services, run)


async def test_a_run_goes_on_after_a_restart(tmp_path: Path) -> None:
    stopping = functions(tmp_path, ends=False)
    async with service(tmp_path, stopping, shutdown_grace_seconds=0) as services:
        run = await created(services, CHAIN)
        await services.runs.execute(run.id)
        await in_the_middle(services, run.id)
    async with service(tmp_path, functions(tmp_path, ends=True)) as services:
        run = await ended(services, run.id)

        assert (run.status, run.output) == (RunStatus.COMPLETED, {"after": [1]})
        assert calls_in(tmp_path) == {"before": 1, "endless": 2, "beside": 1}
        resumed = [event for event in await log_of(services, run) if isinstance(event, RunResumed)]
        assert [event.reason for event in resumed] == [Resumption.RELEASED]


async def test_a_retry_goes_on_too(tmp_path: Path) -> None:
    stopping = functions(tmp_path, ends=False)
    async with service(tmp_path, stopping) as services:
        run = await created(services, CHAIN)
        await services.runs.execute(run.id)
        await in_the_middle(services, run.id)
        await services.runs.cancel(run.id, "to be retried")
        await ended(services, run.id)
    run_id = await killed_while(tmp_path, "retrying", run.id)

    chain = functions(tmp_path, ends=True)
    async with service(tmp_path, chain, lease_seconds=LEASE_SECONDS) as services:
        async with asyncio.timeout(IN_TIME):
            retried = await ended(services, run_id)

        assert (retried.status, retried.output) == (RunStatus.COMPLETED, {"after": [1]})
        assert (retried.attempt, retried.source_run_id) == (2, run.id)
        assert calls_in(tmp_path) == {"before": 1, "endless": 3, "beside": 1}
        await log_of(services, retried)


async def test_a_sub_run_goes_on_with_its_parent(tmp_path: Path) -> None:
    run_id = await killed_while(tmp_path, "nesting")

    chain = functions(tmp_path, ends=True)
    async with service(tmp_path, chain, lease_seconds=LEASE_SECONDS) as services:
        async with asyncio.timeout(IN_TIME):
            run = await ended(services, run_id)

        assert (run.status, run.output) == (RunStatus.COMPLETED, {"sub": {"after": [1]}})
        assert calls_in(tmp_path) == {"before": 1, "endless": 2, "beside": 1}
        (child,) = (await services.runs.page("default", RunSelection(parent_run_id=run_id))).items
        assert (child.status, child.attempt) == (RunStatus.COMPLETED, 2)


@pytest.mark.parametrize("times", [1, 2])
async def test_a_run_that_was_only_accepted_is_executed_elsewhere(
    tmp_path: Path, times: int
) -> None:
    accepted = [await killed_while(tmp_path, "accepting") for _ in range(times)]

    chain = functions(tmp_path, ends=True)
    async with service(tmp_path, chain, lease_seconds=LEASE_SECONDS) as services:
        async with asyncio.timeout(IN_TIME):
            runs = [await ended(services, run_id) for run_id in accepted]

    assert [(run.status, run.output) for run in runs] == [
        (RunStatus.COMPLETED, {"quick": 1})
    ] * times
