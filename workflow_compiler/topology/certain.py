"""What is certain in a run: which nodes fire once at most, and which fire whenever another does.

A join that knows this need not be told: an edge that surely gets its token is waited for without
asking where that token is. That is what keeps joins cheap in large graphs, in which most edges are
plain and everything that is begun comes to its end.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import cached_property, reduce
from operator import and_, or_
from typing import TypeAlias

from workflow_compiler.topology.graph import ENTRY, Graph
from workflow_compiler.topology.loops import Loop, forward_order

Outcomes: TypeAlias = tuple[tuple[int, ...], ...]
"""The sets of outgoing edges that a node may take, each set as small as it can be; a failure that
ends the run is no outcome."""


class Certain:
    """What surely happens in a run, or in one turn of a loop: back edges are left out of account.

    A node fires once at most if no loop and no `any` join leads to it. For suppose that some such
    node fires while a token can still reach it, and take the first in the order of the graph. The
    token comes by an edge that was filled (then the edge's source fired while a token could still
    reach it, and comes before), or by one that was empty (then the join would have waited).
    """

    def __init__(
        self,
        graph: Graph,
        loops: Collection[Loop],
        outcomes: Sequence[Outcomes],
        anys: Collection[int],
    ) -> None:
        self._graph = graph
        self._outcomes = outcomes
        self._anys = anys
        self._back = frozenset(edge for loop in loops for edge in loop.back_edges)

    @cached_property
    def order(self) -> tuple[int, ...]:
        """The reachable nodes, each before those that it leads to within a turn."""
        return forward_order(self._graph, self._back)

    def required(self, join: int) -> int:
        """The incoming edges, as bits by their place, that get a token if any of them does.

        None where loops or `any` joins could bring several tokens.
        """
        return self.expected(join) if join in self._once else 0

    def expected(self, join: int) -> int:
        """The same, also where it holds for one turn only."""
        before = self._before[join]
        return sum(
            1 << bit
            for bit, edge in enumerate(self._graph.incoming[join])
            if self._is_certain(edge, before)
        )

    def _is_certain(self, edge: int, nodes: int) -> bool:
        source = self._graph.edges[edge][0]
        if source == ENTRY:
            return True
        return edge in self._always[source] - self._back and nodes >> source & 1 == 1

    @cached_property
    def _once(self) -> frozenset[int]:
        """The reachable nodes that no loop and no `any` join leads to."""
        graph = self._graph
        loops = (c for c in graph.components if len(c) > 1 or c[0] in graph.successors(c[0]))
        wild = {node for component in loops for node in component}.union(self._anys)
        return graph.reachable - graph.reached_from(wild)

    @cached_property
    def _always(self) -> list[frozenset[int]]:
        """For each node, the edges that it takes in every outcome."""
        return [
            frozenset(sets[0]).intersection(*sets) if sets else frozenset()
            for sets in self._outcomes
        ]

    @cached_property
    def _before(self) -> dict[int, int]:
        """For each node, those that fire in every turn in which a token comes to it, as bits."""
        graph = self._graph
        after = self._certain_after()
        at_start = reduce(or_, (after[root] for root in graph.roots), 0)
        along: dict[int, int] = {ENTRY: at_start}
        before: dict[int, int] = {}
        for node in self.order:
            edges = [edge for edge in graph.incoming[node] if edge not in self._back]
            sources = {graph.edges[edge][0] for edge in edges}
            before[node] = _all(along[source] for source in sources & along.keys())
            along[node] = before[node] | after[node]
        return before

    def _certain_after(self) -> dict[int, int]:
        """For each node, those that fire whatever it and the nodes after it decide, as bits."""
        found: dict[int, int] = {}
        for node in reversed(self.order):
            ways = (
                reduce(
                    or_, (found[self._graph.edges[e][1]] for e in edges if e not in self._back), 0
                )
                for edges in self._outcomes[node]
            )
            found[node] = 1 << node | _all(ways)
        return found


def _all(sets: Iterable[int]) -> int:
    """What is in all of these sets of bits; nothing, if there are none."""
    sets = list(sets)
    return reduce(and_, sets) if sets else 0
