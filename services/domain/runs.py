"""A run as a value, and the one function that changes it: `apply`.

The stored rows are the fold of the log: `reduce(apply, events, ...) == rows`, always. Nothing else
in the project sets a status.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, assert_never

from services.domain.debugging import Debugging, debugged
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
    BreakpointsSet,
    RunContinued,
    SteppingBegun,
)
from services.domain.events.vocabulary import (
    NodeCompleted,
    NodeFailed,
    NodeSkipped,
    RunEvent,
)
from workflow_compiler.usage import Usage, sum_of


class RunStatus(StrEnum):
    """Where a run stands."""

    PENDING = "pending"
    RUNNING = "running"
    WAITING = "waiting"
    PAUSED = "paused"
    CANCELLING = "cancelling"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


TERMINAL = frozenset({RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELLED})

AT_REST = frozenset({RunStatus.WAITING, RunStatus.PAUSED})
"""Nothing of a run in one of these statuses is at work."""

RUN_TRANSITIONS: Mapping[RunStatus, frozenset[RunStatus]] = MappingProxyType(
    {
        RunStatus.PENDING: frozenset(
            {
                RunStatus.RUNNING,
                RunStatus.PAUSED,
                RunStatus.CANCELLING,
                RunStatus.CANCELLED,
                RunStatus.FAILED,
            }
        ),
        RunStatus.RUNNING: TERMINAL
        | frozenset({RunStatus.RUNNING, RunStatus.WAITING, RunStatus.PAUSED, RunStatus.CANCELLING}),
        RunStatus.WAITING: frozenset(
            {RunStatus.RUNNING, RunStatus.PAUSED, RunStatus.CANCELLING, RunStatus.FAILED}
        ),
        RunStatus.PAUSED: frozenset({RunStatus.RUNNING, RunStatus.CANCELLING, RunStatus.FAILED}),
        RunStatus.CANCELLING: frozenset({RunStatus.CANCELLED}),
        RunStatus.COMPLETED: frozenset(),
        RunStatus.FAILED: frozenset(),
        RunStatus.CANCELLED: frozenset(),
    }
)
"""From each status, the statuses that an event may lead to. Terminal ones lead nowhere."""


_STATUS_AFTER: Mapping[str, RunStatus] = MappingProxyType(
    {
        RunWaiting.type: RunStatus.WAITING,
        RunPaused.type: RunStatus.PAUSED,
        RunCompleted.type: RunStatus.COMPLETED,
        RunFailed.type: RunStatus.FAILED,
        RunCancelled.type: RunStatus.CANCELLED,
    }
)


class TransitionError(ValueError):
    """An event does not fit the status of its run; whoever wrote it lost a race."""

    def __init__(self, run_id: str, status: RunStatus, wanted: RunStatus) -> None:
        self.run_id, self.status, self.wanted = run_id, status, wanted
        super().__init__(f"run {run_id!r} is {status} and cannot become {wanted}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One execution of a workflow version.

    `variables` are those that it ended with; the next run on its thread begins with them, unless
    it was rolled back. `turn` is its place among the runs of its thread, from 1. `debugging` is
    there once somebody debugs it.
    `is_held`: nothing of it may begin. That is somebody's wish and nothing that has happened, so no
    event tells of it, and `next_seq` counts events: both are no part of the fold.
    """

    id: str
    project_id: str
    workflow_id: str
    version: int
    status: RunStatus = RunStatus.PENDING
    input: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    output: Any = None
    error: RunError | None = None
    attempt: int = 0
    node_count: int = 0
    settled_count: int = 0
    usage: Usage | None = None
    parent_run_id: str | None = None
    parent_node_id: str | None = None
    parent_path: str | None = None
    parent_visit: int | None = None
    thread_id: str = ""
    turn: int = 1
    is_rolled_back: bool = False
    source_run_id: str | None = None
    variables: Mapping[str, Any] | None = None
    debugging: Debugging | None = None
    is_held: bool = field(default=False, compare=False)
    next_seq: int = field(default=1, compare=False)
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def progress(self) -> float:
        """The share of the nodes that are settled, from 0 to 1."""
        if self.status is RunStatus.COMPLETED:
            return 1.0
        return self.settled_count / self.node_count if self.node_count else 0.0

    @property
    def event_count(self) -> int:
        """How many events its log has."""
        return self.next_seq - 1

    @property
    def is_over(self) -> bool:
        """Whether the run has reached a status that never changes."""
        return self.status in TERMINAL


def apply(run: Run, event: RunEvent, *, is_kept: bool = False) -> Run:
    """What an event makes of the run.

    `is_kept`: it happened in the run that this one goes on from, which has paid for it.

    Raises:
        TransitionError: the event does not fit the run's status.
    """
    debugging = debugged(run.debugging, event)
    if debugging is not run.debugging:
        run = replace(run, debugging=debugging)
    return _advanced(run, event, is_kept=is_kept)


def _advanced(run: Run, event: RunEvent, *, is_kept: bool) -> Run:
    match event:
        case RunCreated():
            return _created(run, event)
        case RunStarted() | RunResumed():
            started = _moved(run, RunStatus.RUNNING)
            return replace(started, attempt=event.attempt, started_at=run.started_at or event.at)
        case RunWaiting() | RunPaused():
            return _moved(run, _STATUS_AFTER[event.type])
        case RunMigrated():
            return _migrated(run, event)
        case RunCancelling():
            return _cancelling(run, event)
        case RunCompleted() | RunFailed() | RunCancelled():
            return _ended(run, event)
        case NodeEvent() | BreakpointsSet() | RunContinued() | SteppingBegun():
            return _visit_over(run, event, is_kept=is_kept)
        case _:
            assert_never(event)


def _created(run: Run, event: RunCreated) -> Run:
    created = replace(
        run,
        input=event.input,
        node_count=event.node_count,
        thread_id=event.thread_id or run.id,
        turn=event.turn,
        source_run_id=event.source.run_id if event.source is not None else None,
        variables=event.variables,
    )
    if (parent := event.parent) is None:
        return created
    return replace(
        created,
        parent_run_id=parent.run_id,
        parent_node_id=parent.node_id,
        parent_path=parent.path,
        parent_visit=parent.visit,
    )


def _migrated(run: Run, event: RunMigrated) -> Run:
    if run.status not in AT_REST:
        raise TransitionError(run.id, run.status, run.status)
    return replace(run, version=event.version, node_count=event.node_count)


def _visit_over(run: Run, event: RunEvent, *, is_kept: bool) -> Run:
    """A node is settled once, outside of containers, and not when its failure ends the run."""
    if not isinstance(event, NodeCompleted | NodeFailed | NodeSkipped):
        return run
    usage = None if is_kept or isinstance(event, NodeSkipped) else event.usage
    is_fatal = isinstance(event, NodeFailed) and not event.handled
    settles = not is_fatal and event.visit <= 1 and not event.path
    return replace(run, usage=sum_of(run.usage, usage), settled_count=run.settled_count + settles)


def _moved(run: Run, status: RunStatus) -> Run:
    if status not in RUN_TRANSITIONS[run.status]:
        raise TransitionError(run.id, run.status, status)
    return replace(run, status=status)


def _cancelling(run: Run, event: RunCancelling) -> Run:
    """A run that stops already can still be rolled back."""
    if run.status is RunStatus.CANCELLING and event.rolled_back and not run.is_rolled_back:
        return replace(run, is_rolled_back=True)
    return replace(_moved(run, RunStatus.CANCELLING), is_rolled_back=event.rolled_back)


def _ended(run: Run, event: RunCompleted | RunFailed | RunCancelled) -> Run:
    over = replace(
        _moved(run, _STATUS_AFTER[event.type]), finished_at=event.at, variables=event.variables
    )
    match event:
        case RunCompleted():
            return replace(over, output=event.output)
        case RunFailed():
            return replace(over, error=event.error)
        case RunCancelled():
            return over
