"""A run's log, told visit by visit: when each began, how it ended, and what lies in what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from services.domain.bodies import Bodies, Body
from services.domain.events.base import NodeEvent
from services.domain.events.stops import StateEdited
from services.domain.events.vocabulary import NodeCancelled, NodeCompleted, NodeFailed, RunEvent
from workflow_compiler.history import VisitKey
from workflow_compiler.planning import Plan


@dataclass(slots=True, kw_only=True)
class Visited:
    """One visit; `bodies` are those around it, the outermost first."""

    key: VisitKey
    bodies: tuple[Body, ...]
    is_container: bool
    attempt: int = 1
    end: NodeCompleted | NodeFailed | NodeCancelled | None = None

    @property
    def path(self) -> str:
        """That of the body it lies in."""
        return self.key[1]

    @property
    def went_on(self) -> bool:
        """Whether what comes after it in its body came to its turn: it put out its tokens."""
        match self.end:
            case NodeCompleted(returned=returned):
                return not returned
            case NodeFailed(handled=handled):
                return handled
            case _:
                return False

    @property
    def failed(self) -> bool:
        """Whether its body failed with it."""
        return isinstance(self.end, NodeFailed) and not self.end.handled

    @property
    def returned(self) -> bool:
        """Whether the run ended with it."""
        return isinstance(self.end, NodeCompleted) and self.end.returned


@dataclass(frozen=True, slots=True)
class Moment:
    """A visit began, or ended so that others came to their turn, at this place of the log."""

    visit: Visited
    is_end: bool


class Story:
    """What a log tells; places count from 0 in the events that it was given."""

    def __init__(self, plan: Plan, events: Sequence[RunEvent]) -> None:
        self.events = events
        self.visits: dict[VisitKey, Visited] = {}
        self.inside: dict[str, list[Visited]] = {}
        self.bodies: dict[VisitKey, list[Body]] = {}
        self.moments: list[Moment] = []
        self._where = Bodies(plan)
        self._containers = {node.id for node in plan.nodes if node.type.slots}
        for event in events:
            if isinstance(event, NodeEvent) and event.visit and not _is_ahead(self.visits, event):
                self._take(event)

    def around(self, event: NodeEvent) -> tuple[Body, ...]:
        """The bodies that a visit, or a node that was never visited, lies in."""
        return self._where.around(event.node_id, event.path)

    def of(self, node_id: str) -> Iterator[Visited]:
        """The visits of a node, in the order in which they began."""
        return (visit for visit in self.visits.values() if visit.key[0] == node_id)

    def is_current(self, visit: Visited) -> bool:
        """Whether it lies in the last attempt of every container around it."""
        return all(
            self.visits[body.container].attempt == body.attempt
            for body in visit.bodies
            if body.container in self.visits
        )

    def _take(self, event: NodeEvent) -> None:
        key = (event.node_id, event.path, event.visit)
        visit = self.visits.get(key) or self._begin(key, event)
        visit.attempt = max(visit.attempt, event.attempt)
        if isinstance(event, NodeCompleted | NodeFailed | NodeCancelled):
            visit.end = event
            if visit.went_on:
                self.moments.append(Moment(visit, is_end=True))

    def _begin(self, key: VisitKey, event: NodeEvent) -> Visited:
        visit = Visited(
            key=key, bodies=self.around(event), is_container=event.node_id in self._containers
        )
        self.visits[key] = visit
        self.moments.append(Moment(visit, is_end=False))
        if visit.path not in self.inside and visit.bodies:
            self.bodies.setdefault(visit.bodies[-1].container, []).append(visit.bodies[-1])
        self.inside.setdefault(visit.path, []).append(visit)
        return visit


def _is_ahead(visits: Mapping[VisitKey, Visited], event: NodeEvent) -> bool:
    """Whether it changes a visit that is yet to begin, as the edits of a fork do."""
    key = (event.node_id, event.path, event.visit)
    return isinstance(event, StateEdited) and key not in visits
