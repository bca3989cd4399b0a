"""What may be forgotten and what was, as it goes over the wire."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Final, Literal

from pydantic import Field

from api.findings import Answer
from api.schemas.common import JsonBool, JsonInt, Question, Text
from services.domain.retention import Expiry
from services.domain.runs import RunStatus
from services.store.paging import from_cursor, to_cursor
from services.store.retention import Step

MAX_SECONDS: Final = 100 * 366 * 24 * 60 * 60

_End = Literal[RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELLED]


class PruneBody(Question):
    """Which runs have been kept for long enough."""

    older_than_seconds: JsonInt = Field(
        ge=0,
        le=MAX_SECONDS,
        description="How long ago they ended, at least.",
        examples=[30 * 24 * 60 * 60],
    )
    status: Annotated[list[_End], Field(min_length=1)] = Field(
        [RunStatus.CANCELLED, RunStatus.COMPLETED], description="With which statuses they ended."
    )
    workflow_id: Text | None = Field(
        None, max_length=200, description="Only runs of this workflow."
    )
    dry_run: JsonBool = Field(False, description="Only say what would go.")
    cursor: str | None = Field(
        None, max_length=1_000, description="`next_cursor` of the answer before."
    )

    def expiry(self) -> Expiry:
        """The same for the service."""
        return Expiry(
            older_than=timedelta(seconds=self.older_than_seconds),
            statuses=frozenset(self.status),
            workflow_id=self.workflow_id,
        )

    def after(self) -> str:
        """The run after which it goes on; empty at the beginning.

        Raises:
            CursorError: no answer gave this cursor.
        """
        return "" if self.cursor is None else str(*from_cursor(self.cursor, str))


class Pruned(Answer):
    """What was removed, or would be."""

    trees: int = Field(description="Runs, with all that they started.")
    runs: int = Field(description="The same, each of their sub-runs counted too.")
    events: int = Field(description="What was in their logs.")
    next_cursor: str | None = Field(
        description="Give it as `cursor` to go on with the next ones; null when all are done."
    )

    @classmethod
    def of(cls, step: Step) -> Pruned:
        """What one step did."""
        done, after = step.removed, step.after
        cursor = None if after is None else to_cursor([after])
        return cls(trees=done.trees, runs=done.runs, events=done.events, next_cursor=cursor)
