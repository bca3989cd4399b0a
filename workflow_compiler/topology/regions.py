"""Regions: parts of a graph that can run on their own, and are worth it.

LangGraph runs supersteps: every node of a step waits for the slowest. A region becomes a graph of
its own, with its own steps, so a fast branch beside it never waits for a slow one in it; and since
LangGraph looks at all channels of a graph in every step, long straight stretches become regions
too, so that a step costs no more in a long workflow than in a short one.

A region is entered by one edge and left from one node when nothing else in it goes on (compare the
single-entry single-exit regions of Johnson, Pearson and Pingali, "The Program Structure Tree",
1994). To everything outside it behaves like one node.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from workflow_compiler.topology.graph import ENTRY, Graph
from workflow_compiler.topology.joins import Alternatives, JoinRule

SEGMENT = 32
"""Nodes of a straight stretch that run as one region, in a graph longer than two of them."""


@dataclass(frozen=True, slots=True)
class Region:
    """A part of the graph: its nodes, the edge that enters it, the edges that leave it."""

    nodes: frozenset[int]
    entry: int
    exits: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Terrain:
    """What regions are looked for in.

    Attributes:
        graph: The whole graph.
        alternatives: For each node, the sets of edges that it may take together.
        joins: The joins that may have to wait, with the edges that they must know.
        waits: The nodes that wait for the world; only branches with such nodes are worth a region.
    """

    graph: Graph
    alternatives: Sequence[Alternatives]
    joins: Mapping[int, JoinRule]
    waits: Collection[int]


def regions_of(terrain: Terrain, nodes: frozenset[int]) -> list[Region]:
    """The outermost regions among these nodes, which do not overlap."""
    found: list[Region] = []
    covered: set[int] = set()
    for entry in _forks(terrain, nodes):
        region = _branch(terrain, entry, nodes)
        if region is not None and covered.isdisjoint(region.nodes):
            found.append(region)
            covered |= region.nodes
    return found + _segments(terrain, nodes - covered)


def _forks(terrain: Terrain, nodes: frozenset[int]) -> Iterator[int]:
    """The edges that are taken together with others, outer forks first."""
    graph = terrain.graph
    entries = [edge for edge in graph.entries if graph.edges[edge][1] in nodes]
    if len(entries) > 1:
        yield from entries
    for node in reversed(graph.postorder):
        if node in nodes:
            together = [edges for edges in terrain.alternatives[node] if len(edges) > 1]
            yield from dict.fromkeys(edge for edges in together for edge in edges)


def _branch(terrain: Terrain, entry: int, nodes: frozenset[int]) -> Region | None:
    """What hangs on this edge alone, if that is a region and worth one."""
    graph = terrain.graph
    head = graph.edges[entry][1]
    if graph.incoming[head] != (entry,):
        return None
    members = _dominated(graph, head)
    if len(members) < 2 or not members < nodes or members.isdisjoint(terrain.waits):  # noqa: PLR2004
        return None
    exits = tuple(_leaving(graph, members))
    is_region = _ends_at_once(terrain, members, exits) and _is_closed(terrain, members)
    return Region(members, entry, exits) if is_region else None


def _dominated(graph: Graph, head: int) -> frozenset[int]:
    """The nodes that can only be reached through this one, itself included."""
    found: set[int] = set()
    waiting = [head]
    while waiting:
        node = waiting.pop()
        found.add(node)
        waiting += graph.dominated[node]
    return frozenset(found)


def _leaving(graph: Graph, members: Collection[int]) -> Iterator[int]:
    return (
        edge
        for node in sorted(members)
        for edge in graph.outgoing[node]
        if graph.edges[edge][1] not in members
    )


def _ends_at_once(terrain: Terrain, members: frozenset[int], exits: Collection[int]) -> bool:
    """Whether nothing goes on inside once a token leaves, so that leaving it can wait for the end.

    Either only one token is ever inside, or all leave from one node that all others lead to, and
    that node does not stay in any loop while it leaves.
    """
    graph = terrain.graph
    together = [edges for node in members for edges in terrain.alternatives[node]]
    if not any(_stays_twice(graph, edges, members) for edges in together):
        return not any(_both_ways(graph, edges, members) for edges in together)
    doors = {graph.edges[edge][0] for edge in exits}
    if len(doors) != 1:
        return not doors
    door = doors.pop()
    return all(edge in exits for edge in graph.outgoing[door]) and all(
        graph.closure[node] >> door & 1 for node in members
    )


def _stays_twice(graph: Graph, together: tuple[int, ...], members: frozenset[int]) -> bool:
    return sum(graph.edges[edge][1] in members for edge in together) > 1


def _both_ways(graph: Graph, together: tuple[int, ...], members: frozenset[int]) -> bool:
    inside = [graph.edges[edge][1] in members for edge in together]
    return any(inside) and not all(inside)


def _is_closed(terrain: Terrain, members: frozenset[int]) -> bool:
    """Whether every join inside knows all it must from inside."""
    edges = terrain.graph.edges
    return all(
        edges[edge][0] in members and edges[edge][1] in members
        for join in members & terrain.joins.keys()
        for edge in terrain.joins[join].relevant
    )


def _segments(terrain: Terrain, nodes: frozenset[int]) -> list[Region]:
    """Straight stretches, cut into pieces; none in a graph that is short anyway."""
    if len(nodes) <= 2 * SEGMENT:
        return []
    graph = terrain.graph
    found = []
    for stretch in _stretches(graph, nodes):
        for start in range(0, len(stretch), SEGMENT):
            piece = frozenset(stretch[start : start + SEGMENT])
            if len(piece) > SEGMENT // 4:
                entry = graph.incoming[stretch[start]][0]
                found.append(Region(piece, entry, tuple(_leaving(graph, piece))))
    return found


def _stretches(graph: Graph, nodes: frozenset[int]) -> Iterator[list[int]]:
    """Runs of nodes in a row: each has one way in, and all but the last one way out."""
    straight = {node for node in nodes if len(graph.incoming[node]) == 1}
    for node in reversed(graph.postorder):
        if node not in straight:
            continue
        stretch = [node]
        straight.discard(node)
        while (following := _next(graph, stretch[-1])) in straight:
            stretch.append(following)
            straight.discard(following)
        yield stretch


def _next(graph: Graph, node: int) -> int:
    """The one node that follows, ENTRY where there is none or a choice."""
    edges = graph.outgoing[node]
    return graph.edges[edges[0]][1] if len(edges) == 1 else ENTRY
