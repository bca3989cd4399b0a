"""Time travels: what happens in an hour is seen at once, on every database."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

from services.domain.events.runs import RunWaiting
from services.domain.runs import RunStatus
from tests.support.service import created, ended, service
from tests.support.stores import open_store
from tests.support.time_machine import TimeMachine

HOUR = 3_600.0
SLEEPING: dict[str, Any] = {
    "name": "sleeping",
    "nodes": [{"id": "wait", "type": "timer", "config": {"seconds": HOUR}}],
}


async def test_the_clock_of_a_database_is_where_it_was_put(url: str) -> None:
    machine = TimeMachine()
    async with open_store(url) as here, open_store(url, ahead=machine) as there:
        machine.go(days=7)
        apart = await there.schedules.now() - await here.schedules.now()
        assert abs(apart - timedelta(days=7)) < timedelta(minutes=1)


async def test_a_lease_ends_when_its_time_has_come(url: str) -> None:
    machine = TimeMachine()
    async with open_store(url, ahead=machine) as store:
        run = await store.create(await store.publish())
        claim = await store.leases.claim(run.id, "first", HOUR)
        assert claim is not None
        machine.go(minutes=59)
        assert await store.leases.claim(run.id, "second", HOUR) is None
        machine.go(minutes=2)
        assert await store.leases.due() == [run.id]
        taken = await store.leases.claim(run.id, "second", HOUR)
        assert taken is not None
        assert taken.is_takeover


async def test_a_run_that_sleeps_for_an_hour_goes_on_in_an_hour(tmp_path: Path, url: str) -> None:
    machine = TimeMachine()
    async with service(tmp_path, database_url=url, ahead=machine, wait_linger_seconds=0) as all_of:
        run = await created(all_of, SLEEPING)
        async with all_of.runs.watch(run.id) as frames:
            await all_of.runs.execute(run.id)
            async for frame in frames:
                if frame.type == RunWaiting.type:
                    break
        machine.go(seconds=HOUR)
        all_of.schedules.dispatcher.look()
        async with asyncio.timeout(60):
            over = await ended(all_of, run.id)
    assert over.status is RunStatus.COMPLETED
    assert over.finished_at is not None
    assert over.finished_at - over.created_at >= timedelta(hours=1)
