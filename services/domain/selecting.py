"""Which runs of a project somebody means."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.domain.runs import RunStatus


class RunOrder(StrEnum):
    """Which runs come first."""

    NEWEST = "newest"
    OLDEST = "oldest"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSelection:
    """All that is given has to hold; nothing given means all runs.

    `text` is the beginning of an id, or a part of the workflow's name or of an error's message.
    """

    statuses: Collection[RunStatus] = ()
    workflow_id: str | None = None
    parent_run_id: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    text: str | None = None
    order: RunOrder = RunOrder.NEWEST


ALL_RUNS = RunSelection()
