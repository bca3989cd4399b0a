"""The loop-nesting forest: which nodes go round together, and which edges start the next turn.

Strongly connected components are loops; the nodes by which a component is entered are its headers;
edges inside it that lead to a header are its back edges; without those, the same again inside.
After Steensgaard (1993), "Sequentializing Program Dependence Graphs for Irreducible Programs".
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from workflow_compiler.topology.graph import ENTRY, Graph, strongly_connected

MAX_NESTING = 64
"""Loops in loops: each is found by looking at all that is in the one around it."""


@dataclass(frozen=True, slots=True)
class Loop:
    """One loop: its nodes, where it is entered, and the edges that start its next turn.

    `depth` counts from 1, the loops around it included.
    """

    nodes: frozenset[int]
    headers: tuple[int, ...]
    back_edges: frozenset[int]
    depth: int

    @property
    def single_entry(self) -> bool:
        """Whether every turn begins at the same node."""
        return len(self.headers) == 1


def loops_of(graph: Graph) -> tuple[Loop, ...]:
    """All loops of the reachable graph, outer ones before those inside them.

    One that is nested deeper than `MAX_NESTING` is the last to be looked into.
    """
    return tuple(_loops(graph))


def forward_order(graph: Graph, back: Collection[int]) -> tuple[int, ...]:
    """The reachable nodes, each before those that it leads to, but for the back edges of loops."""
    forward = [edge for edge in range(len(graph.edges)) if edge not in back]
    components = strongly_connected(range(graph.size), graph.edges, forward)
    return tuple(n for c in reversed(components) for n in c if n in graph.reachable)


def _loops(graph: Graph) -> Iterator[Loop]:
    alive = graph.reachable | {ENTRY}
    edges = frozenset(n for n, (source, _) in enumerate(graph.edges) if source in alive)
    waiting = [(graph.reachable, edges, 1)]
    while waiting:
        nodes, edges, depth = waiting.pop()
        for component in strongly_connected(sorted(nodes), graph.edges, sorted(edges)):
            members = frozenset(component)
            own = edges.intersection(_between(graph, members))
            if own:
                loop = _loop(graph, members, own, alive, depth)
                yield loop
                if depth <= MAX_NESTING:
                    waiting.append((members, own - loop.back_edges, depth + 1))


def _between(graph: Graph, nodes: frozenset[int]) -> Iterator[int]:
    """The edges that stay inside these nodes."""
    return (e for node in nodes for e in graph.outgoing[node] if graph.edges[e][1] in nodes)


def _loop(
    graph: Graph,
    nodes: frozenset[int],
    edges: frozenset[int],
    alive: frozenset[int],
    depth: int,
) -> Loop:
    outside = alive - nodes
    headers = tuple(
        node
        for node in sorted(nodes)
        if any(graph.edges[edge][0] in outside for edge in graph.incoming[node])
    )
    back_edges = frozenset(edge for edge in edges if graph.edges[edge][1] in headers)
    return Loop(nodes, headers, back_edges, depth)
