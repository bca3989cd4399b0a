"""How far a run is, and when it may be done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from services.domain.runs import Run, RunStatus
from services.domain.visits import NodeState


@dataclass(frozen=True, slots=True)
class Progress:
    """A run, the visits that it is at, and when it may be done; None where nobody can tell."""

    run: Run
    current: tuple[NodeState, ...]
    estimated_completion: datetime | None


def estimated(run: Run, took: Sequence[timedelta], now: datetime) -> datetime | None:
    """When a run is done that takes as long as half of the others did.

    Nobody can tell of the first run of a version, of one that waits or is held, and of one that
    has taken longer already.
    """
    if run.started_at is None or run.status is not RunStatus.RUNNING or run.is_held or not took:
        return None
    done = run.started_at + timedelta(seconds=median(each.total_seconds() for each in took))
    return done if done > now else None
