"""Schedules: runs that begin by themselves, at moments that a cron expression names.

The expression is read as Debian's cron reads it, in a time zone. Where clocks go forward, a moment
that does not exist comes as soon as there is a time again; where they go back, a moment that comes
twice counts once. Both hold for expressions with a fixed minute and hour; `*` and `*/5` follow the
hours that really pass.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from services.errors import InputProblem, ScheduleError

_FIELDS: Final = 5
_INSTANT: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timetable:
    """When: a cron expression of five fields, and the time zone that it is read in."""

    cron: str
    time_zone: str

    def after(self, moment: datetime) -> datetime | None:
        """The first moment after this one; None when there is none within fifty years.

        Raises:
            ScheduleError: the expression or the time zone means nothing.
        """
        # In the hour that comes twice the library may name a moment of its first time again.
        return next((found for found in self._from(moment) if found > moment), None)

    def newest(self, due: datetime, now: datetime) -> datetime:
        """The last moment that has come by now, of those from the due one on."""
        backwards = self._from(now + _INSTANT, reverse=True)
        return max(due, next((found for found in backwards if found <= now), due))

    def checked(self, now: datetime) -> datetime:
        """The first moment from now on.

        Raises:
            ScheduleError: the expression or the time zone means nothing, or no moment ever comes.
        """
        if (first := self.after(now)) is None:
            raise _error("cron", f"{self.cron!r} names no moment of the next fifty years")
        return first

    def _from(self, moment: datetime, *, reverse: bool = False) -> map[datetime]:
        local = moment.astimezone(_zone(self.time_zone))
        if len(self.cron.split()) != _FIELDS:
            raise _error("cron", _HOW)
        try:
            found = CronSim(self.cron, local, reverse=reverse)
        except CronSimError as error:
            raise _error("cron", f"{error}; {_HOW}") from error
        return map(_in_utc, found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A timetable by which a workflow is run; without a version, always the newest one.

    `next_at` is None while it is paused. `last_at` is the moment for which it last began a run,
    `last_run_id`, or for which it could not: then `last_error` says why.
    """

    id: str
    project_id: str
    name: str
    workflow_id: str
    version: int | None
    cron: str
    time_zone: str
    input: Mapping[str, Any]
    is_active: bool
    next_at: datetime | None
    last_at: datetime | None = None
    last_run_id: str | None = None
    last_error: str | None = None
    created_at: datetime

    @property
    def timetable(self) -> Timetable:
        """When it begins runs."""
        return Timetable(cron=self.cron, time_zone=self.time_zone)


_HOW: Final = "write five fields: minute, hour, day of month, month, day of week"


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        hint = "write one of the IANA database, such as Europe/Berlin or UTC"
        raise _error("time_zone", f"no time zone {name!r}; {hint}") from error


def _in_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def _error(field: str, detail: str) -> ScheduleError:
    return ScheduleError([InputProblem(pointer=f"/{field}", code=field, detail=detail)])
