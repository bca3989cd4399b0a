"""Walks upstream from the edges of a join: where a token may come from, and by which edge."""

from __future__ import annotations

from collections.abc import Container, Sequence
from heapq import heappop, heappush

from workflow_compiler.topology.graph import ENTRY, Graph

STEPS_PER_TOKEN = 10
"""What a place counts whose token a join must know: each is told to the join in every run."""


class Walks:
    """Walks in one graph, and how much they cost together."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.steps = 0

    def masks(
        self,
        goals: Sequence[tuple[int, int]],
        closed: Container[int],
        borders: Container[int],
        enough: int,
    ) -> dict[int, int]:
        """For each edge from which goals can be reached, which; it stops at the border nodes.

        It also stops where all that is left leads to `enough` goals; 0 lets it go on for ever.
        """
        walk = _Walk(self.graph, borders, enough)
        for bit, goal in goals:
            walk.put(self.graph.edges[goal][0], bit)
        walk.go(closed)
        found = {
            edge: mask
            for node, mask in walk.masks.items()
            for edge in self.graph.incoming[node]
            if edge not in closed
        }
        self.steps += walk.steps + STEPS_PER_TOKEN * len(found)
        return found


class _Walk:
    """A walk upstream from all goals together; `masks` says which goals a node leads to.

    What lies upstream of a node leads to the same goals at least. So when every node that waits
    leads to enough of them, the rest need not be seen: a node that was done with fewer lies in a
    component nearer to the goals, and cannot be upstream of one that still waits.
    """

    def __init__(self, graph: Graph, borders: Container[int], enough: int) -> None:
        self.masks: dict[int, int] = {}
        self.steps = 0
        self._graph = graph
        self._borders = borders
        self._enough = enough
        self._queue: list[tuple[int, int]] = []
        self._waiting: set[int] = set()
        self._lacking: set[int] = set()

    def put(self, node: int, mask: int) -> None:
        """The node leads to these goals."""
        known = self.masks.get(node, 0)
        if known | mask == known or node == ENTRY or node in self._borders:
            return
        self.masks[node] = mask = known | mask
        if node not in self._waiting:
            self._waiting.add(node)
            heappush(self._queue, (self._graph.component_of[node], node))
        if mask == self._enough:
            self._lacking.discard(node)
        else:
            self._lacking.add(node)

    def go(self, closed: Container[int]) -> None:
        """Walk against the edges that are not closed, component by component."""
        last = -1
        while self._queue:
            component, node = heappop(self._queue)
            if component != last and not self._lacking:
                return
            last = component
            self._waiting.discard(node)
            self._lacking.discard(node)
            self.steps += len(self._graph.incoming[node])
            for edge in self._graph.incoming[node]:
                if edge not in closed:
                    self.put(self._graph.edges[edge][0], self.masks[node])
