"""What can go wrong with schedules."""

from __future__ import annotations

from services.errors.base import ConflictError, InputError, NotFoundError


class ScheduleNotFoundError(NotFoundError):
    """The project has no schedule with this id."""

    def __init__(self, schedule_id: str) -> None:
        super().__init__("schedule", schedule_id)


class ScheduleNameTakenError(ConflictError):
    """Another schedule of the project has this name."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"there is a schedule {name!r} already; change it or choose another name")


class ScheduleError(InputError):
    """A schedule says when in words that mean nothing, or a moment that never comes."""
