"""Schedules: keeping them, and beginning runs when their moments have come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import structlog

from services.domain.once import once
from services.domain.schedules import Schedule, Timetable
from services.errors import ScheduleNotFoundError, ServiceError
from services.journal import Journal
from services.ports import Ids
from services.store.paging import Page
from services.store.schedules import Firing, Schedules
from services.usecases.control import Dispatcher
from services.usecases.runs import RunUseCases
from workflow_compiler.ports import WallClock

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleDraft:
    """What somebody wants to be run, and when."""

    name: str
    workflow_id: str
    version: int | None
    cron: str
    time_zone: str
    input: Mapping[str, Any]
    is_active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleUseCases:
    """The schedules of all projects."""

    store: Schedules
    runs: RunUseCases
    journal: Journal
    dispatcher: Dispatcher
    clock: WallClock
    ids: Ids

    async def create(
        self, project_id: str, draft: ScheduleDraft, *, idempotency_key: str | None = None
    ) -> Schedule:
        """Keep a schedule; it begins runs from now on.

        The same idempotency key and request give the same schedule again.

        Raises:
            IdempotencyError: the key was used for another request.
            WorkflowNotFoundError: the project has no such workflow.
            VersionNotFoundError: the workflow has no such version.
            InputError: the input breaks the workflow's `input_schema`.
            ScheduleError: the cron expression or the time zone means nothing.
            ScheduleNameTakenError: the project has a schedule of this name.
        """
        now = await self.store.now()
        first = Timetable(cron=draft.cron, time_zone=draft.time_zone).checked(now)
        await self.runs.accepted(project_id, draft.workflow_id, draft.input, draft.version)
        schedule = Schedule(
            id=self.ids.new(),
            project_id=project_id,
            name=draft.name,
            workflow_id=draft.workflow_id,
            version=draft.version,
            cron=draft.cron,
            time_zone=draft.time_zone,
            input=draft.input,
            is_active=draft.is_active,
            next_at=first if draft.is_active else None,
            created_at=self.clock.now(),
        )
        asked = once(idempotency_key, "schedule", asdict(draft))
        made = await self.store.add(schedule, asked)
        self.dispatcher.look()
        return schedule if made == schedule.id else await self.get(project_id, made)

    async def get(self, project_id: str, schedule_id: str) -> Schedule:
        """The schedule with this id.

        Raises:
            ScheduleNotFoundError: the project has none.
        """
        schedule = await self.store.get(project_id, schedule_id)
        if schedule is None:
            raise ScheduleNotFoundError(schedule_id)
        return schedule

    async def page(
        self, project_id: str, *, cursor: str | None = None, limit: int = 50
    ) -> Page[Schedule]:
        """The schedules of a project by name.

        Raises:
            CursorError: no page gave this cursor.
        """
        return await self.store.page(project_id, cursor=cursor, limit=limit)

    async def change(
        self, project_id: str, schedule_id: str, changes: Mapping[str, Any]
    ) -> Schedule:
        """Change some of what a draft says; moments that passed meanwhile, or in a pause, are gone.

        Raises:
            ScheduleNotFoundError: the project has no such schedule.
            ServiceError: what `create` raises.
        """
        before = await self.get(project_id, schedule_id)
        draft = {name: getattr(before, name) for name in ScheduleDraft.__dataclass_fields__}
        wanted = ScheduleDraft(**{**draft, **changes})
        now = await self.store.now()
        following = Timetable(cron=wanted.cron, time_zone=wanted.time_zone).checked(now)
        if changes.keys() & {"workflow_id", "version", "input"}:
            await self.runs.accepted(project_id, wanted.workflow_id, wanted.input, wanted.version)
        next_at = {"next_at": following if wanted.is_active else None}
        changed = await self.store.change(project_id, schedule_id, {**changes, **next_at})
        if changed is None:
            raise ScheduleNotFoundError(schedule_id)
        self.dispatcher.look()
        return changed

    async def remove(self, project_id: str, schedule_id: str) -> None:
        """Forget a schedule; the runs that it has begun stay.

        Raises:
            ScheduleNotFoundError: the project has no such schedule.
        """
        if not await self.store.remove(project_id, schedule_id):
            raise ScheduleNotFoundError(schedule_id)

    async def fire(self) -> None:
        """Begin the runs of the moments that have come; of moments that were missed, the newest."""
        for schedule, now in await self.store.due():
            await self._fire(schedule, now)

    async def next_due(self) -> float | None:
        """Seconds until the next moment of any schedule; None when none is on its way."""
        return await self.store.next_due()

    async def _fire(self, schedule: Schedule, now: datetime) -> None:
        firing = _passed(schedule, now)
        try:
            firing = _firing(schedule, now)
            run, event = await self.runs.accepted(
                schedule.project_id, schedule.workflow_id, schedule.input, schedule.version
            )
            begun = await self.journal.fire(firing, run, event)
        except ServiceError as error:
            await self._fail(firing, str(error))
        except Exception as error:  # noqa: BLE001 - one that cannot begin hinders no other
            _log.exception("schedule.broken", schedule_id=schedule.id)
            kind = type(error).__name__
            await self._fail(firing, f"internal error ({kind}); the server's log has the details")
        else:
            if begun is not None:
                self.dispatcher.send(begun.id)

    async def _fail(self, firing: Firing, error: str) -> None:
        if await self.store.fail(firing, error):
            _log.warning("schedule.failed", schedule_id=firing.schedule.id, error=error)


def _passed(schedule: Schedule, now: datetime) -> Firing:
    """The moment that has come, of a schedule of which no next one is known."""
    return Firing(schedule=schedule, moment=schedule.next_at or now, following=None)


def _firing(schedule: Schedule, now: datetime) -> Firing:
    """The newest moment that has come, and the one after it.

    Raises:
        ScheduleError: the time zone is not known any more.
    """
    moment = schedule.timetable.newest(schedule.next_at or now, now)
    return Firing(schedule=schedule, moment=moment, following=schedule.timetable.after(now))
