"""The longest way through a graph, or through one scope of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cached_property

from workflow_compiler.topology.graph import Graph
from workflow_compiler.topology.loops import forward_order, loops_of


class CriticalPaths:
    """Finds the nodes in a row that may take longest, with one turn of each loop."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def among(self, nodes: Collection[int], seconds: Mapping[int, float]) -> tuple[int, ...]:
        """That path through these nodes; of two that take as long, the one with more nodes."""
        longest: dict[int, tuple[float, int]] = {}
        onward: dict[int, int] = {}
        for node in sorted(nodes, key=self._places.__getitem__, reverse=True):
            following = max(self._after(node), key=longest.__getitem__, default=None)
            time, count = (0.0, 0) if following is None else longest[following]
            longest[node] = (time + seconds[node], count + 1)
            if following is not None:
                onward[node] = following
        path = sorted(longest, key=longest.__getitem__)[-1:]
        while path and path[-1] in onward:
            path.append(onward[path[-1]])
        return tuple(path)

    def _after(self, node: int) -> list[int]:
        edges = (edge for edge in self._graph.outgoing[node] if edge not in self._back)
        return [self._graph.edges[edge][1] for edge in edges]

    @cached_property
    def _back(self) -> frozenset[int]:
        return frozenset(edge for loop in loops_of(self._graph) for edge in loop.back_edges)

    @cached_property
    def _places(self) -> dict[int, int]:
        return {node: place for place, node in enumerate(forward_order(self._graph, self._back))}
