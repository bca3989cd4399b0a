"""A process that only looks at the records executes nothing, and others do as it was told."""

from __future__ import annotations

import asyncio
from pathlib import Path

from services.bootstrap import open_records
from services.domain.reruns.going_on import From
from services.domain.runs import RunStatus
from services.records import recording
from services.settings import Settings
from services.usecases.retries import Wish
from tests.support.service import created, ended, run_of, service
from tests.support.victim import CHAIN, QUICK, functions, in_the_middle


async def test_a_run_told_to_execute_waits_for_a_process_that_executes(tmp_path: Path) -> None:
    # Servers of tools are the business of those who execute: this file is not even looked for.
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'test.db'}", mcp=tmp_path / "mcp.json")
    async with open_records(settings) as records:
        run = await created(records, QUICK)
        await records.runs.execute(run.id)
        assert await records.runs.leases.due() == [run.id]
    async with (
        open_records(settings) as records,
        asyncio.timeout(25),
        service(tmp_path) as services,
        services.runs.watch(run.id) as frames,
    ):
        assert [frame async for frame in frames]
        assert (await records.runs.get(run.id)).status is RunStatus.COMPLETED


async def test_a_cancel_reaches_the_owner_through_the_database(tmp_path: Path) -> None:
    chain = functions(tmp_path, ends=False)
    async with service(tmp_path, chain, lease_seconds=1) as services:
        run_id = (await created(services, CHAIN)).id
        await services.runs.execute(run_id)
        await in_the_middle(services, run_id)
        async with recording(services.settings) as records:
            assert (
                await records.run_use_cases().cancel(run_id, "enough")
            ).status is RunStatus.CANCELLING
        async with asyncio.timeout(60), services.runs.watch(run_id) as frames:
            assert [frame async for frame in frames]
        assert (await services.runs.get(run_id)).status is RunStatus.CANCELLED


async def test_a_retry_that_is_asked_for_elsewhere_is_executed_at_once(tmp_path: Path) -> None:
    async with (
        service(tmp_path, lease_seconds=3_600) as services,
        open_records(services.settings) as records,
    ):
        done = await run_of(services, QUICK)
        run = await records.retries.retry(done.id, Wish(begin=From(node_id="quick")))
        async with asyncio.timeout(60):
            assert (await ended(services, run.id)).status is RunStatus.COMPLETED
