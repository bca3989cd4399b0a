"""The vocabulary of a run's log: everything that can happen to a run, as one closed union.

The log, the sockets, the command line, the dashboard and the metrics all speak these events and no
others. An event says what happened; `services.domain.runs.apply` says what that makes of the run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, ClassVar, TypeAlias, get_args

from services.domain.event import Event, NodeEvent, RunError
from services.domain.stops import (
    BreakpointHit,
    BreakpointsSet,
    DebugWish,
    NodePaused,
    NodeReleased,
    RunContinued,
    StateEdited,
    SteppingBegun,
)
from workflow_compiler.errors import Origin
from workflow_compiler.trace import EdgeKind, Write
from workflow_compiler.usage import Usage

WIRE_PREFIX = "workflow."
"""Clients know the events as `workflow.node.started`, the log stores `node.started`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """The visit that a sub-run is executed for."""

    run_id: str
    node_id: str
    path: str
    visit: int


class SourceKind(StrEnum):
    """How a run goes on from another one."""

    RETRY = "retry"
    RERUN = "rerun"
    FORK = "fork"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The run that a run goes on from: the next `kept` events of its log are from that run's.

    `node_id`, `path` and `visit` say where it was to begin anew, as far as somebody chose that;
    `seq` is the entry of that run's log after which a fork leaves it.
    """

    run_id: str
    kind: SourceKind
    kept: int
    node_id: str | None = None
    path: str | None = None
    visit: int | None = None
    seq: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCreated(Event):
    """A run was accepted; `node_count`, without what is inside containers, bounds its progress.

    `parent` is there when a node of another run asked for it, `source` when it goes on from
    another run. Without a `thread_id` it has a thread of its own; `turn` is its place there.
    `traceparent` is the trace of whoever asked for it, as W3C Trace Context has it.
    `debug` says how it is to be debugged from the beginning. `variables` are those that it begins
    with, where that is something else than its thread is left with by then.
    """

    type: ClassVar[str] = "run.created"
    workflow_id: str
    version: int
    input: Mapping[str, Any]
    node_count: int
    parent: Parent | None = None
    source: Source | None = None
    thread_id: str | None = None
    turn: int = 1
    traceparent: str | None = None
    debug: DebugWish | None = None
    variables: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted(Event):
    """A process began to execute the run.

    `variables` are those that it begins with, where a run before it on its thread left any.
    """

    type: ClassVar[str] = "run.started"
    attempt: int
    variables: Mapping[str, Any] | None = None


class Resumption(StrEnum):
    """Why an execution of a run goes on in another process, or later in the same one."""

    LOST = "lost"
    RELEASED = "released"
    DUE = "due"
    UNPAUSED = "unpaused"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResumed(Event):
    """A process goes on with a run that another execution of it left in the middle.

    `attempt` is one more where the process before was lost, else the same. `reason` tells whether
    the execution before was `lost` with its process or was `released` by it, the run waited and is
    `due` now, or it was paused and is so no more (`unpaused`).
    """

    type: ClassVar[str] = "run.resumed"
    attempt: int
    reason: Resumption


@dataclass(frozen=True, slots=True, kw_only=True)
class RunWaiting(Event):
    """All that the run still does is wait, and no process holds it.

    It goes on when something is answered, or at `due_at`.
    """

    type: ClassVar[str] = "run.waiting"
    due_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPaused(Event):
    """Somebody asked the run to stay where it is, and nothing of it is at work any more."""

    type: ClassVar[str] = "run.paused"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunMigrated(Event):
    """The run goes on with another version of its workflow."""

    type: ClassVar[str] = "run.migrated"
    version: int
    from_version: int
    node_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCancelling(Event):
    """Somebody asked the run to stop; its work has not stopped yet.

    `rolled_back`: what it writes into variables is as if it had never been.
    """

    type: ClassVar[str] = "run.cancelling"
    reason: str
    rolled_back: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnded(Event):
    """What all ends of a run have: the variables as the run left them; null where it has none."""

    variables: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCompleted(RunEnded):
    """The run ended well."""

    type: ClassVar[str] = "run.completed"
    output: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFailed(RunEnded):
    """The run ended with an error."""

    type: ClassVar[str] = "run.failed"
    error: RunError


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCancelled(RunEnded):
    """The run was stopped and all its work has stopped."""

    type: ClassVar[str] = "run.cancelled"
    reason: str


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


class WaitKind(StrEnum):
    """What a visit waits for."""

    TASK = "task"
    TIMER = "timer"
    SIGNAL = "signal"
    RUN = "run"


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeWaiting(NodeEvent):
    """A visit waits, until a moment at the latest where it has one."""

    type: ClassVar[str] = "node.waiting"
    kind: WaitKind
    due_at: datetime | None
    name: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCreated(NodeEvent):
    """A person is asked; `form` is the JSON Schema of the answer."""

    type: ClassVar[str] = "task.created"
    task_id: str
    prompt: str
    form: Mapping[str, Any]
    assignee: str | None
    due_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCompleted(NodeEvent):
    """A person has answered."""

    type: ClassVar[str] = "task.completed"
    task_id: str
    answer: Any
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerFired(NodeEvent):
    """The moment has come that a visit waited for."""

    type: ClassVar[str] = "timer.fired"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalReceived(NodeEvent):
    """The signal has come that a visit waited for."""

    type: ClassVar[str] = "signal.received"
    name: str
    key: str
    payload: Any


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
    """A visit was stopped before its end, or never began because the run ended (`visit` is 0).

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
