"""Schedules on every database: one run for each moment, whoever looks first, never early."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.bootstrap import Services
from services.domain.runs import Run
from services.domain.schedules import Schedule
from services.errors import (
    InputError,
    ScheduleError,
    ScheduleNameTakenError,
    ScheduleNotFoundError,
    WorkflowNotFoundError,
)
from services.usecases.schedules import ScheduleDraft
from tests.support.service import ended, service
from tests.support.time_machine import TimeMachine

GREETING = {
    "name": "greeting",
    "input_schema": {"type": "object", "properties": {"name": {"type": "string"}}},
    "nodes": [{"id": "greet", "type": "template", "config": {"template": "Hi"}}],
}
STRICTER = {**GREETING, "input_schema": {"type": "object", "required": ["name"]}}


@pytest.fixture
def machine() -> TimeMachine:
    return TimeMachine()


@pytest.fixture
async def services(tmp_path: Path, url: str, machine: TimeMachine) -> AsyncIterator[Services]:
    async with service(tmp_path, database_url=url, ahead=machine) as opened:
        yield opened


async def scheduled(services: Services, cron: str = "0 * * * *", **more: Any) -> Schedule:
    published = await services.workflows.publish("default", GREETING)
    draft: Mapping[str, Any] = {
        "name": "hourly",
        "workflow_id": published.version.workflow_id,
        "version": None,
        "cron": cron,
        "time_zone": "UTC",
        "input": {},
    }
    return await services.schedules.create("default", ScheduleDraft(**{**draft, **more}))


async def runs_of(services: Services) -> list[Run]:
    return list((await services.runs.page("default")).items)


def travel(machine: TimeMachine, services: Services, to: datetime) -> None:
    """Go to a moment or just beyond."""
    machine.shift += to - services.clock.now() + timedelta(seconds=1)


async def begun(services: Services, schedule: Schedule) -> Schedule:
    """The schedule when the services have begun its first run."""
    async with services.hub.subscribe(project_id="default") as news, asyncio.timeout(60):
        while True:
            now = await services.schedules.get("default", schedule.id)
            if now.last_at is not None:
                return now
            await news.next_within(None)


async def test_a_run_begins_at_its_moment(services: Services, machine: TimeMachine) -> None:
    schedule = await scheduled(services)
    assert schedule.next_at is not None
    travel(machine, services, schedule.next_at)
    services.schedules.dispatcher.look()
    fired = await begun(services, schedule)
    assert fired.last_at == schedule.next_at
    assert fired.next_at == schedule.next_at + timedelta(hours=1)
    assert fired.last_run_id is not None
    assert (await ended(services, fired.last_run_id)).output == {"greet": {"text": "Hi"}}


async def test_none_begins_early(services: Services, machine: TimeMachine) -> None:
    schedule = await scheduled(services)
    assert schedule.next_at is not None
    travel(machine, services, schedule.next_at - timedelta(seconds=6))
    await services.schedules.fire()
    assert await runs_of(services) == []
    left = await services.schedules.next_due()
    assert left is not None
    assert 0 < left <= 5


async def test_after_a_downtime_there_is_one_run_for_the_newest_moment(
    services: Services, machine: TimeMachine
) -> None:
    schedule = await scheduled(services)
    assert schedule.next_at is not None
    travel(machine, services, schedule.next_at + timedelta(days=3, minutes=7))
    await services.schedules.fire()
    await services.schedules.fire()
    (run,) = await runs_of(services)
    fired = await services.schedules.get("default", schedule.id)
    assert fired.last_run_id == run.id
    assert fired.last_at == schedule.next_at + timedelta(days=3)
    assert fired.next_at == schedule.next_at + timedelta(days=3, hours=1)


async def test_of_many_processes_one_begins_the_run(
    tmp_path: Path, url: str, services: Services, machine: TimeMachine
) -> None:
    schedule = await scheduled(services)
    assert schedule.next_at is not None
    async with AsyncExitStack() as stack:
        others = [
            await stack.enter_async_context(service(tmp_path, database_url=url, ahead=machine))
            for _ in range(3)
        ]
        travel(machine, services, schedule.next_at)
        await asyncio.gather(*(each.schedules.fire() for each in (services, *others) * 4))
        assert len(await runs_of(services)) == 1


async def test_what_cannot_be_run_is_told_and_tried_again_at_the_next_moment(
    services: Services, machine: TimeMachine
) -> None:
    schedule = await scheduled(services)
    assert schedule.next_at is not None
    await services.workflows.publish("default", STRICTER)
    travel(machine, services, schedule.next_at)
    await services.schedules.fire()
    failed = await services.schedules.get("default", schedule.id)
    assert failed.last_at == schedule.next_at
    assert failed.last_run_id is None
    assert "name" in (failed.last_error or "")

    await services.workflows.publish("default", GREETING)
    machine.go(hours=1)
    await services.schedules.fire()
    mended = await services.schedules.get("default", schedule.id)
    assert mended.last_error is None
    assert mended.last_run_id is not None


async def test_a_schedule_that_is_paused_begins_nothing_and_catches_up_on_nothing(
    services: Services, machine: TimeMachine
) -> None:
    schedule = await scheduled(services)
    paused = await services.schedules.change("default", schedule.id, {"is_active": False})
    assert paused.next_at is None
    assert await services.schedules.next_due() is None
    machine.go(hours=5)
    await services.schedules.fire()
    resumed = await services.schedules.change("default", schedule.id, {"is_active": True})
    assert resumed.next_at is not None
    assert resumed.next_at > services.clock.now()
    assert await runs_of(services) == []


async def test_a_change_holds_from_the_next_moment_on(services: Services) -> None:
    schedule = await scheduled(services)
    changes = {"cron": "0 0 1 1 *", "name": "yearly", "input": {"name": "Ada"}}
    changed = await services.schedules.change("default", schedule.id, changes)
    assert changed == await services.schedules.get("default", schedule.id)
    assert (changed.name, changed.input) == ("yearly", {"name": "Ada"})
    assert changed.next_at is not None
    assert (changed.next_at.month, changed.next_at.day) == (1, 1)


async def test_what_makes_no_sense_is_refused(services: Services) -> None:
    schedule = await scheduled(services)
    with pytest.raises(ScheduleNameTakenError):
        await scheduled(services)
    with pytest.raises(ScheduleError):
        await scheduled(services, cron="never", name="other")
    with pytest.raises(WorkflowNotFoundError):
        await scheduled(services, workflow_id="none", name="other")
    with pytest.raises(InputError):
        await scheduled(services, input={"name": 5}, name="other")
    other = await scheduled(services, name="other")
    with pytest.raises(ScheduleNameTakenError):
        await services.schedules.change("default", other.id, {"name": schedule.name})
    for strange in ("nowhere", "default"):
        with pytest.raises(ScheduleNotFoundError):
            await services.schedules.remove(strange, schedule.id if strange == "nowhere" else "x")


async def test_schedules_are_listed_by_name_and_forgotten(services: Services) -> None:
    b, a = await scheduled(services, name="b"), await scheduled(services, name="a")
    page = await services.schedules.page("default", limit=1)
    assert [each.id for each in page.items] == [a.id]
    page = await services.schedules.page("default", cursor=page.next_cursor)
    assert [each.id for each in page.items] == [b.id]
    await services.schedules.remove("default", a.id)
    assert [each.id for each in (await services.schedules.page("default")).items] == [b.id]
