"""The vocabulary of a run's log: everything that can happen to a run, as one closed union.

What happens to nodes stands here; what happens to the run, to waits and at stops beside it.

The log, the sockets, the command line, the dashboard and the metrics all speak these events and no
others. An event says what happened; `services.domain.runs.apply` says what that makes of the run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from types import MappingProxyType
from typing import Any, ClassVar, TypeAlias, get_args

from services.domain.events.base import NodeEvent, RunError
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
    RunContinued,
    StateEdited,
    SteppingBegun,
)
from services.domain.events.waits import (
    NodeWaiting,
    SignalReceived,
    TaskCompleted,
    TaskCreated,
    TimerFired,
)
from workflow_compiler.errors import Origin
from workflow_compiler.trace import EdgeKind, Write
from workflow_compiler.usage import Usage

WIRE_PREFIX = "workflow."
"""Clients know the events as `workflow.node.started`, the log stores `node.started`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeStarted(NodeEvent):
    """A visit began with this resolved input."""

    type: ClassVar[str] = "node.started"
    input: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeProgress(NodeEvent):
    """A visit reported how far it is, from 0 to 1."""

    type: ClassVar[str] = "node.progress"
    progress: float
    message: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeAttemptFailed(NodeEvent):
    """One attempt of a visit failed; another one may follow.

    `origin` is where the failure began, `usage` what this attempt alone used.
    """

    type: ClassVar[str] = "node.attempt_failed"
    error: RunError
    origin: Origin | None = None
    usage: Usage | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeRetrying(NodeEvent):
    """The visit will be tried again after a delay; `attempt` is the number of the next attempt."""

    type: ClassVar[str] = "node.retrying"
    delay_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeCompleted(NodeEvent):
    """A visit ended well; `cached` when the result is that of an earlier visit.

    `writes` are the values that it wrote into variables, in order. `usage` is the sum over its
    attempts, and over its sub-runs where it has any. `returned` when the run ended with it.
    """

    type: ClassVar[str] = "node.completed"
    output: Any
    writes: tuple[Write, ...] = ()
    usage: Usage | None = None
    cached: bool = False
    returned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeFailed(NodeEvent):
    """A visit failed for good; `handled` when an error edge takes over.

    `origin` is where the failure began: in the node itself, or deep inside a container.
    """

    type: ClassVar[str] = "node.failed"
    error: RunError
    origin: Origin | None = None
    handled: bool = False
    usage: Usage | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeSkipped(NodeEvent):
    """No token can reach this node any more and it was never visited (`visit` is 0)."""

    type: ClassVar[str] = "node.skipped"
    visit: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeCancelled(NodeEvent):
    """A visit was stopped before its end.

    `still_running`: its plain function was at work in a thread, which nobody can stop.
    """

    type: ClassVar[str] = "node.cancelled"
    still_running: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeDecided(NodeEvent):
    """One routing decision of the visit of the edge's source: taken or not, and why.

    `expression` is the source text that was judged, `values` what it read, `result` what came out;
    all are None where no expression decides (a default or an error edge).
    """

    type: ClassVar[str] = "edge.decided"
    edge_id: str
    target: str
    taken: bool
    kind: EdgeKind
    expression: str | None = None
    values: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    result: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Log(NodeEvent):
    """A line that a node wrote."""

    type: ClassVar[str] = "log"
    level: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Custom(NodeEvent):
    """Whatever a node wanted the watchers of the run to know."""

    type: ClassVar[str] = "custom"
    name: str
    payload: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A piece of text that a model streams during a visit: shown, never stored, without a seq."""

    type: ClassVar[str] = "node.token"
    at: datetime
    node_id: str
    visit: int
    attempt: int = 1
    path: str = ""
    text: str


RunEvent: TypeAlias = (
    RunCreated
    | RunStarted
    | RunResumed
    | RunWaiting
    | RunPaused
    | RunMigrated
    | RunCancelling
    | RunCompleted
    | RunFailed
    | RunCancelled
    | NodeStarted
    | NodeProgress
    | NodeWaiting
    | TaskCreated
    | TaskCompleted
    | TimerFired
    | SignalReceived
    | NodeAttemptFailed
    | NodeRetrying
    | NodeCompleted
    | NodeFailed
    | NodeSkipped
    | NodeCancelled
    | EdgeDecided
    | Log
    | Custom
    | BreakpointsSet
    | BreakpointHit
    | NodePaused
    | NodeReleased
    | RunContinued
    | SteppingBegun
    | StateEdited
)

EVENT_TYPES: Mapping[str, type[RunEvent]] = MappingProxyType(
    {cls.type: cls for cls in get_args(RunEvent)}
)

ENVELOPE = frozenset({"at", "node_id", "visit", "attempt", "path"})
"""The fields that stand beside `data` on the wire and have columns of their own in the log."""


def event_data(event: RunEvent | Token) -> dict[str, Any]:
    """What is special to this event: its fields without the envelope, as it stands in `data`."""
    return {f.name: getattr(event, f.name) for f in fields(event) if f.name not in ENVELOPE}
