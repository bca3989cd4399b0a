"""The end of a run: what is still open is closed, and then it is said how it ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from services.domain.events import NodeCancelled, RunCancelled, RunCompleted, RunFailed
from services.domain.projection import Projection
from services.domain.runs import NodeState, Run
from services.journal import Journal

Ending: TypeAlias = RunCompleted | RunFailed | RunCancelled


async def end_run(
    journal: Journal, run: Run, fence: int, open_visits: Sequence[NodeState], ending: Ending
) -> None:
    """Record the end of a run; visits that have not ended by then are cancelled.

    Raises:
        ServiceError: the run is not ours any more.
        TransitionError: the run cannot end like this, because somebody cancelled it.
    """
    closed = [
        NodeCancelled(
            node_id=visit.node_id,
            path=visit.path,
            visit=visit.visit,
            attempt=visit.attempt,
            at=ending.at,
        )
        for visit in open_visits
    ]
    events = [*closed, ending]
    states = Projection(run, open_visits).apply(events)
    await journal.record(run.id, fence, events, states)
