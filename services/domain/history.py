"""What a run's log says about its past, for the execution that goes on with it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from services.domain.debug.edits import Edits
from services.domain.debugging import NOT_DEBUGGED, Debugging, debugged
from services.domain.events.base import NodeEvent, RunError
from services.domain.events.runs import Resumption, RunResumed
from services.domain.events.stops import (
    BreakpointHit,
    NodePaused,
    NodeReleased,
    Position,
    StateEdited,
)
from services.domain.events.vocabulary import (
    EdgeDecided,
    NodeAttemptFailed,
    NodeCancelled,
    NodeCompleted,
    NodeFailed,
    NodeRetrying,
    NodeStarted,
    RunEvent,
)
from services.domain.events.waits import NodeWaiting, SignalReceived, TaskCompleted, TimerFired
from services.domain.variables import Variables
from workflow_compiler.errors import ErrorType
from workflow_compiler.history import BegunVisit, Done, EndedVisit, History, VisitKey
from workflow_compiler.planning import Plan
from workflow_compiler.trace import Failure
from workflow_compiler.usage import sum_of

MAX_CRASHES: Final = 3
"""Processes that a run may lose one after the other without coming any further."""


class Past:
    """Takes in a run's log, event by event, and knows what an execution of it need not repeat."""

    def __init__(self, plan: Plan) -> None:
        self._edges = {edge.id: number for number, edge in enumerate(plan.edges)}
        self._plain = {node.id: node.routes.plain for node in plan.nodes}
        self._ended: dict[VisitKey, NodeCompleted | NodeFailed] = {}
        self._taken: dict[VisitKey, list[int]] = {}
        self._begun: dict[VisitKey, BegunVisit] = {}
        self._waits: dict[VisitKey, datetime | None] = {}
        self._answered: set[VisitKey] = set()
        self._stopped: set[VisitKey] = set()
        self._told: set[tuple[str, str]] = set()
        self._variables = Variables(plan.variables)
        self._edits = Edits()
        self._debugging: Debugging | None = None
        self._at: datetime | None = None
        self._containers = {node.id for node in plan.nodes if node.type.slots}
        self._stood: dict[VisitKey, timedelta] = {}
        self._crashes = 0

    def take(self, events: Iterable[RunEvent]) -> None:
        """Take in the next events of the log."""
        for event in events:
            self._variables.take([event])
            self._edits.take(event)
            self._debugging, self._at = debugged(self._debugging, event), event.at
            match event:
                case NodePaused(position=Position.AFTER):
                    self._done((event.node_id, event.path, event.visit), event)
                case NodePaused() | NodeReleased() | StateEdited() | BreakpointHit():
                    pass
                case NodeEvent():
                    self._visited((event.node_id, event.path, event.visit), event)
                case RunResumed(reason=Resumption.LOST):
                    self._crashes += 1
                case _:
                    pass

    @property
    def crashes(self) -> int:
        """How often in a row the run lost its process and came no further before it did again."""
        return self._crashes

    @property
    def waits(self) -> Mapping[VisitKey, datetime | None]:
        """The visits that were waiting, and until when."""
        return self._waits

    @property
    def answered(self) -> Collection[VisitKey]:
        """The visits that had what they waited for."""
        return self._answered

    @property
    def variables(self) -> Variables:
        """What the run began with, and what its visits have made of it."""
        return self._variables

    @property
    def edits(self) -> Edits:
        """What somebody changed who debugs the run."""
        return self._edits

    @property
    def told(self) -> Collection[tuple[str, str]]:
        """The nodes, with their paths, that were visited or never will be."""
        return self._told

    def history(self) -> History:
        """The visits with and without an end."""
        return History(
            ended={
                key: replace(self._end(key, event), place=place)
                for place, (key, event) in enumerate(self._ended.items())
            },
            begun={key: self._by_its_clock(key, begun) for key, begun in self._begun.items()},
            stopped=self._stopped,
        )

    def _by_its_clock(self, key: VisitKey, begun: BegunVisit) -> BegunVisit:
        """The timer of a container stands still while somebody looks at what has stopped."""
        if key not in self._stood or begun.since is None or self._debugging is None:
            return begun
        stood = self._debugging.stood_until(self._at or begun.since) - self._stood[key]
        return replace(begun, since=begun.since + stood)

    def _visited(self, key: VisitKey, event: NodeEvent) -> None:
        self._told.add(key[:2])
        match event:
            case NodeStarted() | NodeAttemptFailed() | NodeRetrying() | NodeWaiting():
                self._went_on(key, event)
            case NodeCompleted() | NodeFailed():
                self._ended[key] = event
                self._crashes = 0
            case NodeCancelled():
                self._stopped.add(key)
            case EdgeDecided(taken=True):
                self._taken.setdefault(key, []).append(self._edges[event.edge_id])
            case TaskCompleted() | TimerFired() | SignalReceived():
                self._answered.add(key)
                self._crashes = 0
            case _:
                pass

    def _went_on(
        self,
        key: VisitKey,
        event: NodeStarted | NodeAttemptFailed | NodeRetrying | NodeWaiting,
    ) -> None:
        begun = self._begun.get(key, BegunVisit(attempt=0, failures=0))
        match event:
            case NodeStarted() | NodeRetrying():
                since = _beginning(event)
                if key[0] in self._containers:
                    self._stood[key] = (self._debugging or NOT_DEBUGGED).stood_until(event.at)
                begun = replace(begun, attempt=event.attempt, since=since)
                self._begun[key] = replace(begun, failure=None, origin=None)
            case NodeAttemptFailed():
                self._begun[key] = _failed_once_more(begun, event)
                self._crashes = 0
            case NodeWaiting():
                self._begun[key] = replace(begun, waits=True)
                self._waits[key] = event.due_at
                self._crashes = 0

    def _done(self, key: VisitKey, event: NodePaused) -> None:
        """A visit stopped that had done its work."""
        begun = self._begun.get(key, BegunVisit(attempt=event.attempt, failures=0))
        done = Done(
            output=event.output, writes=event.writes, handle=event.handle, returned=event.returned
        )
        self._begun[key] = replace(begun, attempt=event.attempt, usage=event.usage, done=done)
        self._crashes = 0

    def _end(self, key: VisitKey, event: NodeCompleted | NodeFailed) -> EndedVisit:
        decided = tuple(self._taken.get(key, ()))
        if isinstance(event, NodeFailed):
            return EndedVisit(
                attempt=event.attempt,
                failure=_failure(event.error),
                origin=event.origin,
                writes=self._edits.of(key, Position.BEFORE, Position.ERROR).writes,
                taken=decided,
            )
        return EndedVisit(
            attempt=event.attempt,
            output=event.output,
            writes=event.writes,
            taken=() if event.returned else self._plain[event.node_id] + decided,
            returned=event.returned,
        )


def _beginning(event: NodeStarted | NodeRetrying) -> datetime:
    """When the attempt began that this announces."""
    delay = event.delay_seconds if isinstance(event, NodeRetrying) else 0.0
    return event.at + timedelta(seconds=delay)


def _failed_once_more(begun: BegunVisit, event: NodeAttemptFailed) -> BegunVisit:
    return replace(
        begun,
        failures=begun.failures + 1,
        failure=_failure(event.error),
        origin=event.origin,
        usage=sum_of(begun.usage, event.usage),
    )


def _failure(error: RunError) -> Failure:
    return Failure(type=ErrorType(error.type), message=error.message)
