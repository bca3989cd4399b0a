"""What crosses the border of the part of a graph that a node dominates, for all nodes at once.

Each node heads a part: all that can only be reached through it. The parts form a tree. Seen from a
node, only the depth of a head above it matters: an edge stays in the parts of the heads down to
some depth and leaves those of deeper ones. So everything is counted by adding one at the depth
where it begins to hold, taking it off where it ends, and summing up the tree: one pass over the
graph for all parts, instead of one for each.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TypeAlias

from workflow_compiler.topology.certain import Alternatives
from workflow_compiler.topology.graph import ENTRY, Graph
from workflow_compiler.topology.rules import JoinRule

Span: TypeAlias = tuple[int, int]
"""Depths of the heads above a node for which something holds: those greater than the first number
and not greater than the second."""

Spans: TypeAlias = Callable[[int], Iterator[Span]]


class Borders:
    """Counts, for each node as a head, of the nodes in its part that have some property."""

    def __init__(
        self,
        graph: Graph,
        alternatives: Sequence[Alternatives],
        joins: Mapping[int, JoinRule],
        waits: Collection[int],
        loose: Collection[int],
    ) -> None:
        self._graph = graph
        self._alternatives = alternatives
        self._joins = joins
        self._waits = waits
        self._loose = loose

    @cached_property
    def sizes(self) -> list[int]:
        """All nodes of the part."""
        return self._count(lambda node: iter([(0, self._depths[node])]))

    @cached_property
    def waiting(self) -> list[int]:
        """Those that wait for the world."""
        return self._count_among(self._waits)

    @cached_property
    def loose(self) -> list[int]:
        """Those that may fire while something before them goes on."""
        return self._count_among(self._loose)

    @cached_property
    def splits(self) -> list[int]:
        """The ways of a node to put two tokens inside at once."""

        def spans(node: int) -> Iterator[Span]:
            for depths in self._limits(node):
                if len(depths) > 1:
                    yield (0, depths[-2])

        return self._count(spans)

    @cached_property
    def leaks(self) -> list[int]:
        """The ways of a node to put one token inside and another one outside."""

        def spans(node: int) -> Iterator[Span]:
            for depths in self._limits(node):
                if depths:
                    yield (depths[0], depths[-1])

        return self._count(spans)

    @cached_property
    def doors(self) -> list[int]:
        """Those with an edge that leaves."""
        return self._count(lambda node: iter([(self._outward[node], self._depths[node])]))

    @cached_property
    def half_open(self) -> list[int]:
        """Those with an edge that leaves and one that does not."""
        return self._count(lambda node: iter([(self._outward[node], self._inward[node])]))

    @cached_property
    def trapped(self) -> list[int]:
        """Those from which no edge that leaves can be reached."""
        return self._count(lambda node: iter([(0, min(self._escape[node], self._depths[node]))]))

    @cached_property
    def curious(self) -> list[int]:
        """The joins that must know of tokens outside."""

        def spans(node: int) -> Iterator[Span]:
            if node in self._joins:
                yield (self._horizon(node), self._depths[node])

        return self._count(spans)

    def _count_among(self, nodes: Collection[int]) -> list[int]:
        return self._count(lambda node: iter([(0, self._depths[node])] if node in nodes else []))

    def _count(self, spans: Spans) -> list[int]:
        counts = [0] * self._graph.size
        path = [ENTRY] * (max(self._depths, default=0) + 1)
        for node in self._graph.dominance_order:
            path[self._depths[node]] = node
            for above, depth in spans(node):
                if above < depth:
                    counts[path[depth]] += 1
                    if above > 0:
                        counts[path[above]] -= 1
        for node in reversed(self._graph.dominance_order):
            above = self._graph.dominators[node]
            if above != ENTRY:
                counts[above] += counts[node]
        return counts

    @cached_property
    def _depths(self) -> list[int]:
        """How many nodes dominate each, itself included."""
        depths = [0] * self._graph.size
        for node in self._graph.dominance_order:
            above = self._graph.dominators[node]
            depths[node] = 1 if above == ENTRY else depths[above] + 1
        return depths

    @cached_property
    def _limit(self) -> list[int]:
        """For each edge, the depth of the deepest head in whose part it stays."""
        limits = []
        for source, target in self._graph.edges:
            depth = self._depths[target]
            is_back = source != ENTRY and self._graph.dominates(target, source)
            limits.append(depth if is_back else depth - 1)
        return limits

    @cached_property
    def _outward(self) -> list[int]:
        """For each node, the limit of its edge that leaves most parts."""
        outgoing = self._graph.outgoing
        return [
            min((self._limit[edge] for edge in outgoing[node]), default=self._depths[node])
            for node in range(self._graph.size)
        ]

    @cached_property
    def _inward(self) -> list[int]:
        """For each node, the limit of its edge that leaves fewest parts."""
        outgoing = self._graph.outgoing
        return [
            max((self._limit[edge] for edge in outgoing[node]), default=0)
            for node in range(self._graph.size)
        ]

    @cached_property
    def _escape(self) -> list[int]:
        """For each node, the least `_outward` among the nodes that it reaches."""
        found = list(self._outward)
        for component in self._graph.components:
            onward = (found[target] for n in component for target in self._graph.successors(n))
            least = min(min(onward, default=self._graph.size), *(found[n] for n in component))
            for node in component:
                found[node] = least
        return found

    def _limits(self, node: int) -> Iterator[list[int]]:
        """The limits of the edges that the node may take together, smallest first."""
        return (sorted(self._limit[edge] for edge in edges) for edges in self._alternatives[node])

    def _horizon(self, join: int) -> int:
        """The depth of the deepest head in whose part is all that the join must know."""
        head = join
        for edge in self._joins[join].relevant:
            for end in self._graph.edges[edge]:
                while head != ENTRY and not (end != ENTRY and self._graph.dominates(head, end)):
                    head = self._graph.dominators[head]
        return 0 if head == ENTRY else self._depths[head]
