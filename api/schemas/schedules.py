"""Schedules as they go over the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from api.findings import Answer
from api.schemas import Question
from api.schemas.common import JsonBool, JsonInt

Name = Annotated[
    str,
    Field(
        description="What it is called; no other one of the project is.",
        min_length=1,
        max_length=200,
        examples=["nightly"],
    ),
]
Workflow = Annotated[str, Field(description="The workflow to run.", min_length=1, max_length=200)]
Version = Annotated[
    JsonInt | None,
    Field(description="Which version; the newest at each moment when null.", ge=1, le=2**31 - 1),
]
Cron = Annotated[
    str,
    Field(
        description="When, in five fields: minute, hour, day of month, month, day of week.",
        min_length=1,
        max_length=200,
        examples=["30 6 * * MON-FRI"],
    ),
]
TimeZone = Annotated[
    str,
    Field(
        description="The time zone that the fields are read in, by its name in the IANA database.",
        min_length=1,
        max_length=100,
        examples=["Europe/Berlin"],
    ),
]
Input = Annotated[dict[str, Any], Field(description="The input of its runs.")]
IsActive = Annotated[
    JsonBool, Field(description="Whether it begins runs; false while it is paused.")
]


class ScheduleBody(Question):
    """Which workflow to run by itself, and when."""

    name: Name
    workflow_id: Workflow
    version: Version = None
    cron: Cron
    time_zone: TimeZone = "UTC"
    input: Input = Field(default_factory=dict)
    is_active: IsActive = True


class ScheduleChange(Question):
    """What to change of a schedule; what is absent stays as it is."""

    name: Name | None = Field(None, description="What it is to be called.")
    workflow_id: Workflow | None = Field(None, description="The workflow that it is to run.")
    version: Version = None
    cron: Cron | None = Field(None, description="When it is to run.")
    time_zone: TimeZone | None = Field(None, description="The time zone of `cron`.")
    input: Input | None = Field(None, description="The input of its runs from now on.")
    is_active: IsActive | None = Field(None, description="Whether it is to begin runs.")

    def changes(self) -> dict[str, Any]:
        """What was said; only a version can be set to null."""
        said = self.model_dump(exclude_unset=True)
        return {name: said[name] for name in said if said[name] is not None or name == "version"}


class Schedule(Answer):
    """Runs that begin by themselves."""

    id: str = Field(description="The schedule's id.")
    project_id: str = Field(description="The project that it belongs to.")
    name: str = Field(description="What it is called.")
    workflow_id: str = Field(description="The workflow that it runs.")
    version: int | None = Field(description="Which version; the newest when null.")
    cron: str = Field(description="When.")
    time_zone: str = Field(description="The time zone that `cron` is read in.")
    input: dict[str, Any] = Field(description="The input of its runs.")
    is_active: bool = Field(description="Whether it begins runs; false while it is paused.")
    next_at: datetime | None = Field(description="When it begins the next run; null when paused.")
    last_at: datetime | None = Field(description="The last moment that came; null before.")
    last_run_id: str | None = Field(description="The last run that it began.")
    last_error: str | None = Field(
        description="Why no run began at `last_at`; null when one did. The next moment tries again."
    )
    created_at: datetime = Field(description="When it was made.")
