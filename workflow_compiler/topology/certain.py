"""What is certain in a run: which nodes fire once at most, and which fire whenever another does.

A join that knows this need not be told: an edge that surely gets its token is waited for without
asking where that token is. That is what keeps joins cheap in large graphs, in which most edges are
plain and everything that is begun comes to its end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property, reduce
from operator import and_, or_
from typing import TypeAlias

from workflow_compiler.topology.graph import ENTRY, Graph
from workflow_compiler.topology.loops import Loop, forward_order

Outcomes: TypeAlias = tuple[tuple[int, ...], ...]
"""The sets of outgoing edges that a node may take, each set as small as it can be; a failure that
ends the run is no outcome."""


Alternatives: TypeAlias = tuple[tuple[int, ...], ...]
"""The sets of outgoing edges that a node may take together, each set as large as it can be."""


class Certain:
    """What surely happens in a run, or in one turn of a loop: back edges are left out of account.

    Nodes are calm if no loop comes before them that can be left while something goes on in it.
    Among calm nodes every node fires once at most in a turn of the loops around it. For suppose
    that some node fires while a token can still reach it in this turn, and take the first in their
    order. If it is an `any` join, it swallows that token, which cannot reach it so. Else the token
    comes by an edge that was filled (then the edge's source fired while a token could still reach
    it, and comes before), or by one that was empty (then the join would have waited). So a loop's
    next turn begins when nothing is left of the last one, and to the nodes around it a loop is like
    one node.
    """

    def __init__(
        self,
        graph: Graph,
        loops: Sequence[Loop],
        alternatives: Sequence[Alternatives],
        outcomes: Sequence[Outcomes],
    ) -> None:
        self._graph = graph
        self._loops = loops
        self._alternatives = alternatives
        self._outcomes = outcomes
        self.back = frozenset(edge for loop in loops for edge in loop.back_edges)
        """The edges that begin the next turn of a loop."""

    @cached_property
    def order(self) -> tuple[int, ...]:
        """The reachable nodes, each before those that it leads to within a turn."""
        return forward_order(self._graph, self.back)

    @cached_property
    def calm(self) -> frozenset[int]:
        """The nodes that fire once at most in a turn of the loops around them."""
        return self._graph.reachable - self._graph.reached_from(self.loose)

    @cached_property
    def loose(self) -> frozenset[int]:
        """Where that ends: nodes that may fire more often, as may all behind them."""
        loose = set[int]()
        for loop in reversed(self._loops):  # inner loops first
            if not loop.single_entry or not loose.isdisjoint(loop.nodes):
                loose |= loop.nodes
            else:
                loose |= self._behind_unless_left_at_once(loop)
        return frozenset(loose)

    def _behind_unless_left_at_once(self, loop: Loop) -> set[int]:
        """Where a loop leads to, if something may go on in it when a token leaves.

        Nothing does if all leave from one node that never stays in the loop as well, and that is
        where turns begin, or where they end: then it fires when nothing else is left of its turn.
        """
        ends, outgoing = self._graph.edges, self._graph.outgoing
        exits = {e for n in loop.nodes for e in outgoing[n] if ends[e][1] not in loop.nodes}
        doors = {ends[edge][0] for edge in exits}
        behind = {ends[edge][1] for edge in exits}
        if len(doors) > 1:
            return behind
        latches = {ends[edge][0] for edge in loop.back_edges}
        if not (doors <= set(loop.headers) or latches <= doors):
            return behind
        together = [edges for door in doors for edges in self._alternatives[door]]
        stays = [{edge in exits for edge in edges} for edges in together]
        return behind if any(len(kinds) > 1 for kinds in stays) else set()

    @cached_property
    def onward(self) -> Sequence[int]:
        """For each node, those that it reaches within a turn, itself included, as bits."""
        if not self.back:
            return self._graph.closure
        found = [0] * self._graph.size
        for node in reversed(self.order):
            edges = (edge for edge in self._graph.outgoing[node] if edge not in self.back)
            found[node] = reduce(or_, (found[self._graph.edges[e][1]] for e in edges), 1 << node)
        return found

    def required(self, join: int) -> int:
        """The incoming edges, as bits by their place, that get a token if any of them does.

        Back edges apart: they belong to the next turn. None where the join is not calm.
        """
        return self.expected(join) if join in self.calm else 0

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
        return edge in self._always[source] - self.back and nodes >> source & 1 == 1

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
            edges = [edge for edge in graph.incoming[node] if edge not in self.back]
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
                    or_, (found[self._graph.edges[e][1]] for e in edges if e not in self.back), 0
                )
                for edges in self._outcomes[node]
            )
            found[node] = 1 << node | _all(ways)
        return found


def _all(sets: Iterable[int]) -> int:
    """What is in all of these sets of bits; nothing, if there are none."""
    sets = list(sets)
    return reduce(and_, sets) if sets else 0
