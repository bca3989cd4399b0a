"""A run as of one entry of its log: what a debugger shows, of any run, however it ended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from services.domain.chronicle import Chronicle, Visited
from services.domain.debug.standing import Standing, TokenAt, WaitingJoin
from services.domain.events.vocabulary import RunEvent
from services.domain.runs import Run
from services.domain.variables import Variables
from services.domain.visits import NodeState, NodeStatus
from workflow_compiler import Plan
from workflow_compiler.topology import ENTRY
from workflow_compiler.trace import Write


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token that waits on an edge; without an edge and a source it is a root's first one."""

    path: str
    edge_id: str | None
    source: str | None
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """A join that holds tokens and waits for others, by the sources of its edges."""

    node_id: str
    path: str
    holds: tuple[Token, ...]
    awaits: tuple[Token, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A body that is open in a container; `writes` are handed on when the container completes."""

    path: str
    node_id: str
    visit: int
    writes: tuple[Write, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A run as of the entry `seq` of its log.

    `nodes` is the latest visit of each node on each path, those that are open first; a node that
    was never spoken of is there with visit 0, outside of containers.
    """

    seq: int
    at: datetime
    run: Run
    variables: Mapping[str, Any]
    tokens: tuple[Token, ...]
    joins: tuple[Join, ...]
    bodies: tuple[Body, ...]
    nodes: tuple[Visited, ...]


class Unfolding:
    """Takes in a run's log, portion by portion, up to the moment that is wanted."""

    def __init__(self, plan: Plan, run: Run) -> None:
        self._plan = plan
        self._chronicle = Chronicle(run)
        self._standing = Standing(plan)
        self._variables = Variables(plan.variables)

    @property
    def chronicle(self) -> Chronicle:
        """The visits as they are told so far."""
        return self._chronicle

    @property
    def first_variables(self) -> Mapping[str, Any]:
        """The variables that the run began with, beside their defaults."""
        return self._variables.first

    @property
    def edited(self) -> Mapping[str, Any]:
        """The variables that visits which have stopped will change when they go on."""
        return self._variables.edited

    def take(self, events: Sequence[RunEvent]) -> None:
        """Take in the next entries.

        Raises:
            TransitionError: they are not the log of this run.
        """
        self._chronicle.take(events)
        self._standing.take(events)
        self._variables.take(events)

    def moment(self) -> Moment:
        """The run as of the last entry that was taken in."""
        return Moment(
            seq=self._chronicle.seq,
            at=self._chronicle.at,
            run=replace(self._chronicle.run, next_seq=self._chronicle.seq + 1),
            variables=self.variables,
            tokens=tuple(self._token(token) for token in self._standing.tokens()),
            joins=tuple(self._join(join) for join in self._standing.joins()),
            bodies=tuple(self._bodies()),
            nodes=tuple(sorted(self._latest(), key=rank)),
        )

    @property
    def variables(self) -> Mapping[str, Any]:
        """The variables: at the end what the log says, until then what it tells of writes."""
        run, declared = self._chronicle.run, self._plan.variables
        told = run.variables if run.is_over else self._variables.values
        return {**{name: each.default for name, each in declared.items()}, **(told or {})}

    def _writes(self, path: str) -> Iterator[Write]:
        """What was written on this path, in the order in which the visits ended."""
        ended = (visited for visited in self._chronicle.visits.values() if visited.writes)
        for visited in sorted(ended, key=lambda visited: visited.ended):
            if visited.state.path == path:
                yield from visited.writes

    def _bodies(self) -> Iterator[Body]:
        for path, (node_id, _, visit) in self._standing.bodies():
            yield Body(path=path, node_id=node_id, visit=visit, writes=tuple(self._writes(path)))

    def _latest(self) -> Iterator[Visited]:
        latest: dict[tuple[str, str], Visited] = {}
        for (node_id, path, visit), visited in self._chronicle.visits.items():
            before = latest.get((node_id, path))
            if before is None or before.state.visit < visit:
                latest[node_id, path] = visited
        yield from latest.values()
        outside = self._plan.scopes[0].nodes
        for node in self._plan.nodes:
            if node.number in outside and (node.id, "") not in latest:
                yield Visited(state=_unvisited(node.id))

    def _token(self, token: TokenAt) -> Token:
        return self._on(token.path, token.edge)

    def _on(self, path: str, edge: int) -> Token:
        source, target = self._plan.graph.edges[edge]
        nodes = self._plan.nodes
        return Token(
            path=path,
            edge_id=None if source == ENTRY else self._plan.edges[edge].id,
            source=None if source == ENTRY else nodes[source].id,
            target=nodes[target].id,
        )

    def _join(self, join: WaitingJoin) -> Join:
        return Join(
            node_id=self._plan.nodes[join.node].id,
            path=join.path,
            holds=tuple(self._on(join.path, edge) for edge in join.holds),
            awaits=tuple(self._on(join.path, edge) for edge in join.awaits),
        )


def _unvisited(node_id: str) -> NodeState:
    return NodeState(node_id=node_id, path="", visit=0, status=NodeStatus.PENDING)


def rank(visited: Visited) -> tuple[bool, str, str]:
    """The place of a visit in the list of a moment: the open ones first, then by their names."""
    return (not visited.is_open, visited.state.node_id, visited.state.path)
