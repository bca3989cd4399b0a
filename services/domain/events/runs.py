"""What can happen to a run as a whole: the part of the log that tells of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from services.domain.events.base import Event, RunError
from services.domain.events.stops import (
    DebugWish,
)


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
