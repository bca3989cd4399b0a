"""The longest way through a graph."""

from __future__ import annotations

from collections.abc import Sequence

from workflow_compiler.topology.graph import Graph
from workflow_compiler.topology.loops import forward_order, loops_of


def critical_path(graph: Graph, seconds: Sequence[float]) -> tuple[int, ...]:
    """The nodes in a row that may take longest, with one turn of each loop.

    Of two that take as long, the one with more nodes.
    """
    back = {edge for loop in loops_of(graph) for edge in loop.back_edges}
    longest: dict[int, tuple[float, int]] = {}
    onward: dict[int, int] = {}
    for node in reversed(forward_order(graph, back)):
        targets = [graph.edges[edge][1] for edge in graph.outgoing[node] if edge not in back]
        following = max(targets, key=longest.__getitem__, default=None)
        time, count = (0.0, 0) if following is None else longest[following]
        longest[node] = (time + seconds[node], count + 1)
        if following is not None:
            onward[node] = following
    path = sorted(longest, key=longest.__getitem__)[-1:]
    while path and path[-1] in onward:
        path.append(onward[path[-1]])
    return tuple(path)
