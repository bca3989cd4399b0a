"""The tokens of a run, followed from outside: where they are and which nodes are dead.

A compiled graph keeps only the tokens that its joins need. Whoever watches a run wants all of them:
to say as soon as possible that a node will never be visited, and who waits for what.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import or_

from workflow_compiler.topology.graph import Graph
from workflow_compiler.topology.scopes import Scope
from workflow_compiler.topology.swallowing import Swallower, Swallowing


class Tokens:
    """The token game of one scope, driven by what its nodes report."""

    def __init__(self, graph: Graph, scope: Scope, swallowers: Iterable[Swallower]) -> None:
        self._graph = graph
        self._scope = scope
        self._swallowing = Swallowing(graph, swallowers)
        self._on_edges = set(scope.entries)
        self._held: dict[int, frozenset[int]] = {}
        self._unvisited = scope.mask

    def start(self, node: int, consumed: Iterable[int]) -> None:
        """A visit began and took the tokens of these incoming edges."""
        self._held[node] = taken = frozenset(consumed)
        self._on_edges -= taken
        self._unvisited &= ~(1 << node)
        self._swallowing.fire([node])
        self._swallow()

    def finish(self, node: int, taken: Iterable[int]) -> tuple[int, ...]:
        """A visit ended and put tokens on these edges; the nodes that died by it, in order."""
        self._held.pop(node, None)
        taken = tuple(taken)
        self._on_edges.update(taken)
        self._swallow()
        if not self._unvisited or len(taken) == len(self._graph.outgoing[node]):
            return ()
        return self._bury(self._unvisited & ~self._alive())

    def waiting(self) -> frozenset[int]:
        """The edges that hold a token which no visit has consumed."""
        return frozenset(self._on_edges)

    def end(self) -> tuple[int, ...]:
        """The scope is over and its last tokens with it; the nodes that were never visited."""
        self._on_edges.clear()
        self._held.clear()
        return self._bury(self._unvisited)

    def _swallow(self) -> None:
        self._swallowing.swallow(self._on_edges, frozenset[int]().union(*self._held.values()))

    def _alive(self) -> int:
        places = {self._graph.edges[edge][1] for edge in self._on_edges} | self._held.keys()
        if self._swallowing.disarmed:
            return reduce(or_, (1 << node for node in self._swallowing.reached(places)), 0)
        return reduce(or_, (self._graph.closure[node] for node in places), 0)

    def _bury(self, dead: int) -> tuple[int, ...]:
        self._unvisited &= ~dead
        return tuple(n for n in sorted(self._scope.nodes) if dead >> n & 1) if dead else ()
