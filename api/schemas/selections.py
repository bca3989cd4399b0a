"""Which runs somebody means, and what became of each, as it goes over the wire."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Final

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, model_validator

from api.findings import Answer
from api.schemas.common import JsonInt, ProblemDocument, Question, Text
from services.domain.runs import RunStatus
from services.domain.selecting import RunOrder, RunSelection
from services.usecases.bulk import Choice, Such, These

_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]")

MOST: Final = 200
"""Runs in one page, and in one request."""


def _no_number(value: object) -> object:
    """A moment is written as RFC 3339 has it: a number might be seconds or milliseconds."""
    if isinstance(value, int | float) or (isinstance(value, str) and not _DATE.match(value)):
        raise ValueError("write a moment as 2026-11-21T10:00:00Z")
    return value


def _has_utc(value: datetime) -> datetime:
    """A moment of a year from 1 to 9999, in UTC too: moments are kept in it."""
    try:
        return value.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("name a moment of the years 1 to 9999 in UTC") from error


_Id = Annotated[Text, Field(min_length=1, max_length=200)]
_Moment = Annotated[AwareDatetime, BeforeValidator(_no_number), AfterValidator(_has_utc)]


class RunChoice(Question):
    """Which runs of a project: all that is given has to hold."""

    status: list[RunStatus] = Field([], description="Only runs that stand here; several: any.")
    workflow_id: Text | None = Field(
        None, max_length=200, description="Only runs of this workflow."
    )
    parent_run_id: Text | None = Field(
        None, max_length=200, description="Only sub-runs of this run, not theirs."
    )
    created_after: _Moment | None = Field(
        None, description="Only runs that were accepted then or later."
    )
    created_before: _Moment | None = Field(
        None, description="Only runs that were accepted earlier."
    )
    text: Text | None = Field(
        None,
        min_length=1,
        max_length=200,
        description="Only runs that have it as the beginning of their id, or in the name of their "
        "workflow or the message of their error. A page looks at 10,000 runs at most: it may find "
        "fewer than it was to, and still have a next one.",
    )
    order: RunOrder = Field(RunOrder.NEWEST, description="Which come first.")

    def selection(self) -> RunSelection:
        """The same for the service."""
        given = self.model_dump(include=set(RunChoice.model_fields) - {"status"})
        return RunSelection(statuses=frozenset(self.status), **given)


class RunFilter(RunChoice):
    """Which runs of a project to list."""

    cursor: str | None = Field(
        None, max_length=1_000, description="`next_cursor` of the page before."
    )
    limit: int = Field(50, ge=1, le=MOST, description="How many items at most.")


class AnyProjectFilter(RunFilter):
    """Which runs to list."""

    project_id: Text | None = Field(
        None,
        max_length=200,
        description="The project; by default that of your key, or `default`.",
    )


class RunsBody(Question):
    """Many runs: by their ids, or those that a filter finds."""

    ids: Annotated[list[_Id], Field(min_length=1, max_length=MOST)] | None = Field(
        None, description="The runs, by their ids."
    )
    filter: RunChoice | None = Field(
        None,
        description="The runs that it finds. Without a status: those that are not over, to be "
        "cancelled; those that failed or were cancelled, to be retried.",
    )
    cursor: str | None = Field(
        None, max_length=1_000, description="With a filter: `next_cursor` of the answer before."
    )
    limit: JsonInt = Field(MOST, ge=1, le=MOST, description="With a filter: how many runs at most.")

    @model_validator(mode="after")
    def _either(self) -> RunsBody:
        if (self.ids is None) == (self.filter is None):
            raise ValueError("give either 'ids' or 'filter'")
        return self

    def choice(self) -> Choice:
        """The same for the service."""
        if self.filter is None:
            return These(self.ids or ())
        return Such(self.filter.selection(), self.cursor, self.limit)


class CancelRunsBody(RunsBody):
    """Many runs that are to stop."""

    reason: str = Field("cancelled by a user", description="Kept in the logs.", max_length=1_000)


class RunOutcome(Answer):
    """What became of one of many runs: its status, or why not."""

    id: str = Field(description="The run.")
    status: RunStatus | None = Field(
        None, description="Where it stands now, or the run that goes on from it."
    )
    run_id: str | None = Field(None, description="The run that goes on from it.")
    problem: ProblemDocument | None = Field(None, description="Why nothing came of it.")
