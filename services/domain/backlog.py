"""What waits in the database, in numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.domain.runs import RunStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """How much waits, and for how many seconds the first of it has."""

    number: int
    oldest_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What is not over: `runs` by their status, of which some are `due`, and `deliveries`."""

    runs: Mapping[RunStatus, int]
    due: Queue
    deliveries: Queue
