"""The fold of a run's log, kept up to date while the log grows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from services.domain.events.base import NodeEvent
from services.domain.events.runs import RunCreated
from services.domain.events.vocabulary import (
    NodeAttemptFailed,
    NodeProgress,
    NodeRetrying,
    RunEvent,
)
from services.domain.events.waits import NodeWaiting
from services.domain.runs import Run, apply
from services.domain.visits import NodeState, NodeStatus, apply_to_visit
from workflow_compiler.history import VisitKey

OPEN = frozenset(
    {
        NodeStatus.PENDING,
        NodeStatus.RUNNING,
        NodeStatus.WAITING,
        NodeStatus.PAUSED,
        NodeStatus.RETRYING,
    }
)
"""A visit in one of these statuses is not over."""

_NEWS = NodeProgress | NodeWaiting | NodeAttemptFailed | NodeRetrying


class Projection:
    """One run and its open visits in memory, as the session that executes the run sees them.

    Visits that are over are handed out once, as changed, and then forgotten: a run of ten thousand
    visits takes no more memory than its open ones.
    """

    def __init__(self, run: Run, states: Iterable[NodeState] = ()) -> None:
        self._run = run
        self._kept = 0
        self._open = {state.key: state for state in states if state.status in OPEN}

    @property
    def run(self) -> Run:
        """The run as its events left it."""
        return self._run

    def open_visits(self) -> tuple[NodeState, ...]:
        """The visits that are not over, in the order in which they began."""
        return tuple(self._open.values())

    def apply(self, events: Iterable[RunEvent]) -> tuple[NodeState, ...]:
        """Take in events; all of them or, when one does not fit, none.

        Returns:
            The visits that changed, each as the last of the events left it.

        Raises:
            TransitionError: an event does not fit the run's status.
        """
        sequence = tuple(events)
        run, kept = self._run, self._kept
        for event in sequence:
            run = apply(run, event, is_kept=kept > 0)
            kept = _still_kept(event, kept)
        self._run, self._kept = run, kept
        return self._changed(sequence)

    def _changed(self, events: Sequence[RunEvent]) -> tuple[NodeState, ...]:
        changed: dict[VisitKey, NodeState] = {}
        for event in events:
            if (state := self._advance(event)) is not None:
                changed[state.key] = state
        return tuple(changed.values())

    def _advance(self, event: RunEvent) -> NodeState | None:
        """The visit as the event leaves it, None where the event changes no visit."""
        if not isinstance(event, NodeEvent):
            return None
        key = (event.node_id, event.path, event.visit)
        before = self._open.get(key)
        if before is None and isinstance(event, _NEWS):
            return None  # late news of a visit that is over
        after = apply_to_visit(before, event)
        if after is None or after is before:
            return None
        if after.status in OPEN:
            self._open[key] = after
        else:
            self._open.pop(key, None)
        return after


def _still_kept(event: RunEvent, kept: int) -> int:
    """How many of the next events are from the log of another run."""
    if isinstance(event, RunCreated):
        return event.source.kept if event.source is not None else 0
    return max(kept - 1, 0)


def fold(run: Run, events: Iterable[RunEvent]) -> tuple[Run, dict[VisitKey, NodeState]]:
    """What a log makes of a run, from the run as it was accepted.

    Raises:
        TransitionError: the events are not the log of one run.
    """
    projection = Projection(run)
    states = {state.key: state for event in events for state in projection.apply([event])}
    return projection.run, states
