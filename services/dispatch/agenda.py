"""What waits for a process: runs that are due, and schedules whose moment has come."""

from __future__ import annotations

from dataclasses import dataclass

from services.store.events import EventLog
from services.store.leases import Leases
from services.usecases.schedules import ScheduleUseCases


@dataclass(frozen=True, slots=True, kw_only=True)
class Agenda:
    """One look at all of it, so that nothing has a poll loop of its own."""

    leases: Leases
    schedules: ScheduleUseCases
    log: EventLog

    async def due(self, limit: int) -> list[str]:
        """Runs that should be executed and that no process executes now, at most `limit`.

        Those among them that a schedule has just begun.
        """
        await self.schedules.fire()
        return await self.leases.due(limit)

    async def next_due(self) -> float | None:
        """Seconds until there may be more; None when nothing is on its way."""
        following = (await self.leases.next_due(), await self.schedules.next_due())
        return min((seconds for seconds in following if seconds is not None), default=None)

    async def project_of(self, run_id: str) -> str | None:
        """The project of a run, whose runs share the places of the process fairly with others."""
        return await self.log.project_of(run_id)
