"""How an execution of a run closes: with the run's end, or with the run at rest."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final, TypeAlias

from services.domain.control import pausing
from services.domain.events.runs import RunCancelled, RunCompleted, RunFailed, RunPaused, RunWaiting
from services.domain.events.vocabulary import NodeCancelled
from services.domain.projection import Projection
from services.domain.runs import Run
from services.domain.visits import NodeState
from services.errors import ConflictError
from services.journal import Journal
from services.store.batches import Recorded
from services.store.leases import Leases
from workflow_compiler.history import VisitKey

_AT_ONCE: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""Due by any clock."""

Ending: TypeAlias = RunCompleted | RunFailed | RunCancelled


async def end_run(
    journal: Journal,
    run: Run,
    fence: int,
    open_visits: Sequence[NodeState],
    ending: Ending,
    still_running: Collection[VisitKey] = frozenset(),
) -> None:
    """Record the end of a run; visits that have not ended by then are cancelled.

    Of those in `still_running` a thread goes on, unheard.

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
            still_running=(visit.node_id, visit.path, visit.visit) in still_running,
        )
        for visit in open_visits
    ]
    events = [*closed, ending]
    states = Projection(run, open_visits).apply(events)
    await journal.record(run.id, fence, events, states)


async def rest_run(
    journal: Journal,
    leases: Leases,
    run_id: str,
    fence: int,
    event: RunWaiting | RunPaused,
    is_to_go_on: Callable[[Recorded], Awaitable[bool]],
) -> None:
    """Record that nothing of a run is at work, and give it up.

    Somebody may have held it meanwhile, or have let it go on: what they asked last is done.
    `is_to_go_on` tells that from how the run stands when it is recorded.

    Raises:
        ServiceError: the run is not ours any more.
        TransitionError: somebody has cancelled it.
    """
    recorded = await journal.record(run_id, fence, [event])
    due = event.due_at if isinstance(event, RunWaiting) else None
    if await is_to_go_on(recorded):
        due = _AT_ONCE
    await leave_run(journal, leases, run_id, fence, event.at, due)


async def is_held_no_more(recorded: Recorded) -> bool:
    """Whether somebody has let the run go on since it was to rest."""
    return not recorded.is_held


async def leave_run(
    journal: Journal,
    leases: Leases,
    run_id: str,
    fence: int,
    at: datetime,
    due: datetime | None = None,
) -> None:
    """Give a run up as it stands; one that was held in the meantime is paused by that."""
    released = await leases.release(run_id, fence, due)
    if released is not None and released.is_to_be_paused:
        with suppress(ConflictError):  # somebody has cancelled it since, or ended it
            await journal.ask(run_id, pausing(at))
