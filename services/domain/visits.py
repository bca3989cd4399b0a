"""The visits of a run as values, and the one function that changes them: `apply_to_visit`.

Nothing else in the project sets the status of a visit.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeAlias, assert_never

from services.domain.events.base import RunError
from services.domain.events.runs import (
    RunCancelled,
    RunCancelling,
    RunCompleted,
    RunCreated,
    RunFailed,
    RunMigrated,
    RunPaused,
    RunResumed,
    RunStarted,
    RunWaiting,
)
from services.domain.events.stops import (
    BreakpointHit,
    BreakpointsSet,
    NodePaused,
    NodeReleased,
    Position,
    RunContinued,
    StateEdited,
    SteppingBegun,
)
from services.domain.events.vocabulary import (
    Custom,
    EdgeDecided,
    Log,
    NodeAttemptFailed,
    NodeCancelled,
    NodeCompleted,
    NodeFailed,
    NodeProgress,
    NodeRetrying,
    NodeSkipped,
    NodeStarted,
    RunEvent,
)
from services.domain.events.waits import (
    NodeWaiting,
    SignalReceived,
    TaskCompleted,
    TaskCreated,
    TimerFired,
)
from workflow_compiler.history import VisitKey
from workflow_compiler.usage import Usage


class NodeStatus(StrEnum):
    """Where a visit of a node stands."""

    PENDING = "pending"
    RUNNING = "running"
    WAITING = "waiting"
    PAUSED = "paused"
    RETRYING = "retrying"
    COMPLETED = "completed"
    FAILED = "failed"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeState:
    """One visit of a node (or, with visit 0, a node that was never visited)."""

    node_id: str
    path: str
    visit: int
    status: NodeStatus
    attempt: int = 0
    progress: float = 0.0
    input: Any = None
    output: Any = None
    error: RunError | None = None
    usage: Usage | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def key(self) -> VisitKey:
        """What identifies this visit in its run."""
        return (self.node_id, self.path, self.visit)


def apply_to_visit(state: NodeState | None, event: RunEvent) -> NodeState | None:
    """What an event makes of the visit that it names; None where it names none.

    `state` is the visit as it was, None before its first event.
    """
    match event:
        case NodeStarted():
            return NodeState(
                **_key(event),
                status=NodeStatus.RUNNING,
                attempt=event.attempt,
                input=event.input,
                started_at=event.at,
            )
        case NodeSkipped():
            return NodeState(**_key(event), status=NodeStatus.SKIPPED, finished_at=event.at)
        case NodeCancelled():
            return replace(
                state or _unvisited(event), status=NodeStatus.CANCELLED, finished_at=event.at
            )
        case NodePaused():
            return _paused(state or _unvisited(event), event)
        case NodeReleased():
            return _released(state, event)
        case (
            NodeProgress()
            | NodeWaiting()
            | NodeAttemptFailed()
            | NodeRetrying()
            | NodeCompleted()
            | NodeFailed()
        ):
            return _visited(state or _unvisited(event), event)
        case (
            EdgeDecided()
            | Log()
            | Custom()
            | TaskCreated()
            | TaskCompleted()
            | TimerFired()
            | SignalReceived()
            | RunCreated()
            | RunStarted()
            | RunResumed()
            | RunWaiting()
            | RunPaused()
            | RunMigrated()
            | RunCancelling()
            | RunCompleted()
            | RunFailed()
            | RunCancelled()
            | BreakpointsSet()
            | BreakpointHit()
            | RunContinued()
            | SteppingBegun()
            | StateEdited()
        ):
            return state
        case _:
            assert_never(event)


_OfAVisit: TypeAlias = (
    NodeProgress | NodeWaiting | NodeAttemptFailed | NodeRetrying | NodeCompleted | NodeFailed
)


def _visited(state: NodeState, event: _OfAVisit) -> NodeState:
    match event:
        case NodeProgress():
            return replace(state, progress=event.progress)
        case NodeWaiting():
            return replace(state, status=NodeStatus.WAITING)
        case NodeAttemptFailed():
            return replace(state, attempt=event.attempt, error=event.error)
        case NodeRetrying():
            return replace(state, status=NodeStatus.RETRYING, attempt=event.attempt)
        case NodeCompleted():
            return replace(
                state,
                status=NodeStatus.COMPLETED,
                attempt=event.attempt,
                progress=1.0,
                output=event.output,
                error=None,
                usage=event.usage,
                finished_at=event.at,
            )
        case NodeFailed():
            return replace(
                state,
                status=NodeStatus.FAILED,
                attempt=event.attempt,
                error=event.error,
                usage=event.usage,
                finished_at=event.at,
            )
        case _:
            assert_never(event)


def _paused(state: NodeState, event: NodePaused) -> NodeState:
    paused = replace(state, status=NodeStatus.PAUSED, attempt=event.attempt)
    match event.position:
        case Position.BEFORE:
            return replace(paused, input=event.input)
        case Position.AFTER:
            return replace(paused, output=event.output)
        case Position.ERROR:
            return paused


def _released(state: NodeState | None, event: NodeReleased) -> NodeState | None:
    if state is None or state.status is not NodeStatus.PAUSED:
        return state
    is_new = event.position is Position.BEFORE
    return replace(state, status=NodeStatus.PENDING if is_new else NodeStatus.RUNNING)


_OfOne: TypeAlias = NodeStarted | NodeSkipped | NodeCancelled | NodePaused | _OfAVisit


def _key(event: _OfOne) -> dict[str, Any]:
    return {"node_id": event.node_id, "path": event.path, "visit": event.visit}


def _unvisited(event: NodeCancelled | NodePaused | _OfAVisit) -> NodeState:
    return NodeState(**_key(event), status=NodeStatus.PENDING)
