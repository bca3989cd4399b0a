"""What a run's log tells of each visit: how it stood, its attempts, what it waited for and decided.

The rows of the store are the newest page of this; here every page can be opened.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.domain.events.base import NodeEvent, RunError
from services.domain.events.runs import RunCreated
from services.domain.events.stops import BreakpointHit, NodePaused, NodeReleased, StateEdited
from services.domain.events.vocabulary import (
    EdgeDecided,
    NodeAttemptFailed,
    NodeCompleted,
    NodeFailed,
    NodeRetrying,
    NodeStarted,
    RunEvent,
)
from services.domain.events.waits import NodeWaiting, TaskCreated, WaitKind
from services.domain.projection import OPEN, Projection
from services.domain.runs import Run
from services.domain.visits import NodeState, NodeStatus
from workflow_compiler.history import VisitKey
from workflow_compiler.planning import Plan
from workflow_compiler.trace import Write


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedAttempt:
    """An attempt that failed; `delay_seconds` is the time to the next one, None without any."""

    attempt: int
    error: RunError
    at: datetime
    delay_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What a visit waits for, or waited for last; a task has an id, a signal a name and a key."""

    kind: WaitKind
    due_at: datetime | None
    name: str | None = None
    key: str | None = None
    task_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Visited:
    """One visit of a node (or, with visit 0, that it never came to one).

    `writes` are the values that it wrote into variables, in order; `handled`, that an error edge
    took its failure over; `returned`, that the run ended with it. `began` and `ended` are the
    places of its beginning and end in the log, 0 for what has not taken place.
    """

    state: NodeState
    began: int = 0
    ended: int = 0
    failures: tuple[FailedAttempt, ...] = ()
    decisions: tuple[EdgeDecided, ...] = ()
    wait: Waiting | None = None
    writes: tuple[Write, ...] = ()
    handled: bool = False
    returned: bool = False
    cached: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it has begun and not ended."""
        return self.began > 0 and self.state.status in OPEN

    def taken(self, plain: Sequence[str]) -> tuple[str, ...]:
        """The ids of the edges that it took; `plain` are the plain ones of its node."""
        is_plain = self.state.status is NodeStatus.COMPLETED and not self.returned
        decided = (choice.edge_id for choice in self.decisions if choice.taken)
        return (*(plain if is_plain else ()), *decided)


class Chronicle:
    """Takes in a run's log, entry by entry, and tells the run and all its visits as of the last.

    `run` is the run as it was accepted, before its first event.
    """

    def __init__(self, run: Run) -> None:
        self._projection = Projection(run)
        self._visits: dict[VisitKey, Visited] = {}
        self._seq = 0
        self._at = run.created_at
        self._is_edited = False

    @property
    def run(self) -> Run:
        """The run."""
        return self._projection.run

    @property
    def seq(self) -> int:
        """The place of the last entry; 0 before the first."""
        return self._seq

    @property
    def at(self) -> datetime:
        """The moment of the last entry."""
        return self._at

    @property
    def is_edited(self) -> bool:
        """Whether somebody who debugged the run made it come out otherwise than by itself."""
        return self._is_edited

    @property
    def visits(self) -> Mapping[VisitKey, Visited]:
        """The visits, in the order in which the log first speaks of them."""
        return self._visits

    def take(self, events: Iterable[RunEvent]) -> None:
        """Take in the next entries.

        Raises:
            TransitionError: they are not the log of this run.
        """
        for event in events:
            self._seq, self._at = self._seq + 1, event.at
            if isinstance(event, RunCreated):  # it may have moved to another version since
                self._projection = Projection(replace(self.run, version=event.version))
            for state in self._projection.apply([event]):
                self._visits[state.key] = replace(self._told(state), state=state)
            if isinstance(event, NodeEvent):
                self._tell(event)
            self._is_edited |= _changes_it(event)

    def _told(self, state: NodeState) -> Visited:
        return self._visits.get(state.key) or Visited(state=state)

    def _tell(self, event: NodeEvent) -> None:
        key = (event.node_id, event.path, event.visit)
        if (visited := self._visits.get(key)) is not None:
            self._visits[key] = self._after(visited, event)

    def _after(self, visited: Visited, event: NodeEvent) -> Visited:
        """What an event adds to a visit beside its state."""
        match event:
            case NodeStarted():
                return replace(visited, began=visited.began or self._seq, wait=None)
            case NodeAttemptFailed() | NodeRetrying():
                return replace(visited, failures=_failures(visited.failures, event))
            case TaskCreated() | NodeWaiting():
                return replace(visited, wait=_waiting(visited.wait, event))
            case EdgeDecided():
                return replace(visited, decisions=(*visited.decisions, event))
            case NodeCompleted() | NodeFailed():
                return _ended(replace(visited, ended=self._seq), event)
            case NodePaused() | NodeReleased() | StateEdited() | BreakpointHit():
                return visited
            case _ if not visited.is_open and not visited.ended:
                return replace(visited, ended=self._seq)
            case _:
                return visited


def _changes_it(event: RunEvent) -> bool:
    match event:
        case StateEdited(pinned=pinned):
            return not pinned
        case NodeReleased(again=again):
            return again
        case _:
            return False


def plain_edges(plan: Plan) -> Mapping[str, Sequence[str]]:
    """For each node, the ids of the edges that it takes whenever it completes."""
    return {node.id: [plan.edges[edge].id for edge in node.routes.plain] for node in plan.nodes}


def as_accepted(run: Run) -> Run:
    """A run as it was before its first event."""
    return Run(
        id=run.id,
        project_id=run.project_id,
        workflow_id=run.workflow_id,
        version=run.version,
        created_at=run.created_at,
    )


def _ended(visited: Visited, event: NodeCompleted | NodeFailed) -> Visited:
    if isinstance(event, NodeFailed):
        return replace(visited, handled=event.handled)
    return replace(visited, writes=event.writes, returned=event.returned, cached=event.cached)


def _failures(
    before: tuple[FailedAttempt, ...], event: NodeAttemptFailed | NodeRetrying
) -> tuple[FailedAttempt, ...]:
    """Of another attempt the log tells right after the failure of the one before it."""
    if isinstance(event, NodeAttemptFailed):
        return (*before, FailedAttempt(attempt=event.attempt, error=event.error, at=event.at))
    return (
        *before[:-1],
        *(replace(last, delay_seconds=event.delay_seconds) for last in before[-1:]),
    )


def _waiting(before: Waiting | None, event: TaskCreated | NodeWaiting) -> Waiting:
    """A task says its id a moment before its visit waits."""
    if isinstance(event, TaskCreated):
        return Waiting(kind=WaitKind.TASK, due_at=event.due_at, task_id=event.task_id)
    if before is not None and event.kind is WaitKind.TASK:
        return before
    return Waiting(kind=event.kind, due_at=event.due_at, name=event.name, key=event.key)
