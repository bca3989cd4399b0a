"""Where the tokens of a run lie, told by its log alone.

`services.domain.translation.places` follows an execution by the records of its graph; this follows
what was stored of it, so it also tells how a run stood that no process executes any more, at any
moment. The log says neither which tokens a visit consumed nor when a body of a container opened and
closed: a visit takes all that lie on its way in, and a body is open from its first event on, as
long as anything moves in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from services.domain.events.base import NodeEvent
from services.domain.events.runs import RunCompleted
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
from workflow_compiler.history import VisitKey
from workflow_compiler.planning import Plan
from workflow_compiler.topology import JoinRule, Scope, Swallowing
from workflow_compiler.trace import body_path

_ITEM: Final = re.compile(r"\[\d+\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenAt:
    """A token on an edge, in the body with this path; `edge` counts in the plan's graph."""

    path: str
    edge: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingJoin:
    """A join that holds tokens and waits: the edges that have one, and those that still may."""

    path: str
    node: int
    holds: tuple[int, ...]
    awaits: tuple[int, ...]


@dataclass(slots=True)
class _Game:
    """The tokens of one body: on edges, and held by the visits that are at work."""

    scope: Scope
    container: VisitKey | None
    swallowing: Swallowing
    on_edges: set[int] = field(default_factory=set)
    held: dict[VisitKey, tuple[int, ...]] = field(default_factory=dict)

    @property
    def moves(self) -> bool:
        """Whether there is a token in it."""
        return bool(self.held or self.on_edges)

    def known_to(self, join: str) -> set[int]:
        """The edges whose tokens a join sees: other nodes at work hold those that they took."""
        others = (edges for key, edges in self.held.items() if key[0] != join)
        return self.on_edges.union(*others)

    def swallow(self) -> None:
        """Joins of kind `any` that have fired take in what comes late, until nothing more can."""
        self.swallowing.swallow(self.on_edges, {e for held in self.held.values() for e in held})


class Standing:
    """Takes in a run's log, event by event, and knows where its tokens are."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._games = {"": self._game(plan.scopes[0], None)}
        self._attempts: dict[VisitKey, int] = {}

    @cached_property
    def _edges(self) -> Mapping[str, int]:
        return {edge.id: number for number, edge in enumerate(self._plan.edges)}

    @cached_property
    def _numbers(self) -> Mapping[str, int]:
        return {node.id: node.number for node in self._plan.nodes}

    @cached_property
    def _scope_of(self) -> Mapping[int, Scope]:
        return {node: scope for scope in self._plan.scopes for node in scope.nodes}

    def _game(self, scope: Scope, container: VisitKey | None) -> _Game:
        swallowing = Swallowing(self._plan.graph, self._plan.swallowers)
        return _Game(scope, container, swallowing, on_edges=set(scope.entries))

    def take(self, events: Iterable[RunEvent]) -> None:
        """Take in the next events of the log."""
        for event in events:
            match event:
                case NodeEvent() if event.visit > 0:
                    self._visited((event.node_id, event.path, event.visit), event)
                case RunCompleted():
                    self._games = {"": self._games[""]}
                    self._games[""].on_edges.clear()
                case _:
                    pass

    def tokens(self) -> Iterator[TokenAt]:
        """The tokens on edges, those of the whole workflow first."""
        for path, game in self._games.items():
            yield from (TokenAt(path=path, edge=edge) for edge in sorted(game.on_edges))

    def bodies(self) -> Iterator[tuple[str, VisitKey]]:
        """The open bodies by their paths, each with the visit of its container."""
        for path, game in self._games.items():
            if game.container is not None and game.moves:
                yield path, game.container

    def joins(self) -> Iterator[WaitingJoin]:
        """The joins that hold a token and wait for others."""
        for path, game in self._games.items():
            for join in sorted({self._plan.graph.edges[edge][1] for edge in game.on_edges}):
                rule = self._plan.joins.get(join)
                known = game.known_to(self._plan.nodes[join].id)
                if rule is not None and not rule.fires(known, game.swallowing):
                    yield _waiting(path, join, rule, known, game.swallowing)

    def _visited(self, key: VisitKey, event: NodeEvent) -> None:
        match event:
            case NodeStarted():
                self._start(key, event.attempt)
            case NodeAttemptFailed():
                self._close_bodies_of(key)
            case NodeRetrying():
                self._attempts[key] = event.attempt
            case NodeCompleted() | NodeFailed() | NodeCancelled():
                self._end(key, event)
            case EdgeDecided(taken=True):
                self._put(event.path, (self._edges[event.edge_id],))
            case _:
                pass

    def _end(self, key: VisitKey, event: NodeCompleted | NodeFailed | NodeCancelled) -> None:
        goes_on = (isinstance(event, NodeCompleted) and not event.returned) or (
            isinstance(event, NodeFailed) and event.handled
        )
        self._leave(key, self._plain(event) if goes_on else ())
        if not goes_on:
            self._stop(event.path)

    def _start(self, key: VisitKey, attempt: int) -> None:
        node_id, path, _ = key
        game = self._games.get(path) or self._opened(node_id, path)
        node = self._numbers[node_id]
        self._attempts[key] = attempt
        if key not in game.held:  # else another process begins it once more
            taken = [edge for edge in self._plan.graph.incoming[node] if edge in game.on_edges]
            game.on_edges.difference_update(taken)
            game.held[key] = tuple(taken)
            game.swallowing.fire([node])
        game.swallow()

    def _leave(self, key: VisitKey, taken: Iterable[int]) -> None:
        """A visit is over, and so are the bodies that it had opened."""
        self._attempts.pop(key, None)
        self._close_bodies_of(key)
        if (game := self._games.get(key[1])) is not None:
            game.held.pop(key, None)
            self._put(key[1], taken)

    def _stop(self, path: str) -> None:
        """A body stops in the middle; the tokens of the whole workflow show how it stood then."""
        if path and path in self._games:
            self._games[path].on_edges.clear()

    def _put(self, path: str, edges: Iterable[int]) -> None:
        game = self._games[path]
        game.on_edges.update(edges)
        game.swallow()

    def _close_bodies_of(self, key: VisitKey) -> None:
        if not self._plan.nodes[self._numbers[key[0]]].type.slots:
            return
        for path in [path for path, game in self._games.items() if game.container == key]:
            for inner in tuple(self._games[path].held):
                self._close_bodies_of(inner)
            del self._games[path]

    def _plain(self, event: NodeEvent) -> tuple[int, ...]:
        is_taken = isinstance(event, NodeCompleted)
        return self._plan.nodes[self._numbers[event.node_id]].routes.plain if is_taken else ()

    def _opened(self, node_id: str, path: str) -> _Game:
        """The body of which the first event has come; those of its container that rest are over."""
        scope = self._scope_of[self._numbers[node_id]]
        container = self._container_of(scope, path)
        for other in [p for p, game in self._games.items() if game.container == container]:
            if not self._games[other].moves:
                del self._games[other]
        self._games[path] = self._game(scope, container)
        return self._games[path]

    def _container_of(self, scope: Scope, path: str) -> VisitKey | None:
        """The open visit of the container that this is a body of."""
        name = self._plan.nodes[scope.container or 0].id
        for key, attempt in self._attempts.items():
            part = path.removeprefix(body_path(key[1], name, "", key[2], attempt))
            is_part = part == f".{scope.slot}" or _ITEM.fullmatch(part) is not None
            if key[0] == name and part != path and is_part:
                return key
        return None


def _waiting(
    path: str, node: int, rule: JoinRule, known: set[int], swallowing: Swallowing
) -> WaitingJoin:
    """A join with the empty edges by which a token can still come, or be swallowed first."""
    have, may = rule.bits(known), rule.required
    for token in known:
        may |= rule.mask(token, have, swallowing)
    awaits = {edge for bit, edge in enumerate(rule.incoming) if (may & ~have) >> bit & 1}
    if rule.is_too_early(have, swallowing):
        awaits |= swallowing.to_come(known)
    return WaitingJoin(
        path=path,
        node=node,
        holds=tuple(edge for bit, edge in enumerate(rule.incoming) if have >> bit & 1),
        awaits=tuple(sorted(awaits)),
    )
