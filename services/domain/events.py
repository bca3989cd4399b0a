"""The vocabulary of a run's log: everything that can happen to a run, as one closed union.

The log, the sockets, the command line, the dashboard and the metrics all speak these events and no
others. An event says what happened; `services.domain.runs.apply` says what that makes of the run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from types import MappingProxyType
from typing import Any, ClassVar, TypeAlias, get_args

WIRE_PREFIX = "workflow."
"""Clients know the events as `workflow.node.started`, the log stores `node.started`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunError:
    """Why a run or a visit failed, in words that are safe to show."""

    type: str
    message: str
    node_id: str | None = None
    visit: int | None = None
    attempt: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a visit cost: tokens and US dollars of its model calls, in sum."""

    input_tokens: int = 0
    output_tokens: int = 0
    total_tokens: int = 0
    cost_usd: float = 0.0
    model: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What all events have: the moment (UTC) at which it happened."""

    type: ClassVar[str]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeEvent(Event):
    """What all events of a node have: which visit and which attempt of it.

    `path` is the item path inside containers (`loop[3]`), empty outside.
    """

    node_id: str
    visit: int
    attempt: int = 1
    path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCreated(Event):
    """A run was accepted; `node_count`, without what is inside containers, bounds its progress."""

    type: ClassVar[str] = "run.created"
    workflow_id: str
    version: int
    input: Mapping[str, Any]
    node_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted(Event):
    """A process began to execute the run; `attempt` counts such beginnings."""

    type: ClassVar[str] = "run.started"
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCancelling(Event):
    """Somebody asked the run to stop; its work has not stopped yet."""

    type: ClassVar[str] = "run.cancelling"
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCompleted(Event):
    """The run ended well."""

    type: ClassVar[str] = "run.completed"
    output: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFailed(Event):
    """The run ended with an error."""

    type: ClassVar[str] = "run.failed"
    error: RunError


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCancelled(Event):
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


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeAttemptFailed(NodeEvent):
    """One attempt of a visit failed; another one may follow."""

    type: ClassVar[str] = "node.attempt_failed"
    error: RunError


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeRetrying(NodeEvent):
    """The visit will be tried again after a delay; `attempt` is the number of the next attempt."""

    type: ClassVar[str] = "node.retrying"
    delay_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeCompleted(NodeEvent):
    """A visit ended well."""

    type: ClassVar[str] = "node.completed"
    output: Any
    usage: Usage | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeFailed(NodeEvent):
    """A visit failed for good; `handled` when an error edge takes over."""

    type: ClassVar[str] = "node.failed"
    error: RunError
    handled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeSkipped(NodeEvent):
    """No token can reach this node any more and it was never visited (`visit` is 0)."""

    type: ClassVar[str] = "node.skipped"
    visit: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeCancelled(NodeEvent):
    """A visit was stopped before its end, or never began because the run ended (`visit` is 0)."""

    type: ClassVar[str] = "node.cancelled"


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
    kind: str
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
    | RunCancelling
    | RunCompleted
    | RunFailed
    | RunCancelled
    | NodeStarted
    | NodeProgress
    | NodeAttemptFailed
    | NodeRetrying
    | NodeCompleted
    | NodeFailed
    | NodeSkipped
    | NodeCancelled
    | EdgeDecided
    | Log
    | Custom
)

EVENT_TYPES: Mapping[str, type[RunEvent]] = MappingProxyType(
    {cls.type: cls for cls in get_args(RunEvent)}
)

ENVELOPE = frozenset({"at", "node_id", "visit", "attempt", "path"})
"""The fields that stand beside `data` on the wire and have columns of their own in the log."""


def event_data(event: RunEvent | Token) -> dict[str, Any]:
    """What is special to this event: its fields without the envelope, as it stands in `data`."""
    return {f.name: getattr(event, f.name) for f in fields(event) if f.name not in ENVELOPE}
