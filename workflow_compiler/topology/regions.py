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
from enum import StrEnum
from functools import cached_property

from workflow_compiler.topology.borders import Borders
from workflow_compiler.topology.certain import Alternatives
from workflow_compiler.topology.graph import ENTRY, Graph
from workflow_compiler.topology.rules import JoinRule

SEGMENT = 32
"""Nodes of a straight stretch that run as one region, in a graph longer than two of them."""


@dataclass(frozen=True, slots=True)
class Region:
    """A part of the graph: its nodes, the edge that enters it, the edges that leave it."""

    nodes: frozenset[int]
    entry: int
    exits: tuple[int, ...]


class Obstacle(StrEnum):
    """Why a parallel branch is no region, and shares the supersteps of what is beside it."""

    ENTERED = "another edge leads into it"
    ASKS = "a join in it must know of tokens outside"
    LEAVES = "a token may leave it while it goes on"


@dataclass(frozen=True, slots=True)
class Shared:
    """A parallel branch that gains by being a region and can be none: the edge that begins it."""

    entry: int
    obstacle: Obstacle


@dataclass(frozen=True)
class Terrain:
    """What regions are looked for in.

    Attributes:
        graph: The whole graph.
        alternatives: For each node, the sets of edges that it may take together.
        joins: The joins that may have to wait, with the edges that they must know.
        waits: The nodes that wait for the world; only beside or around such is a region worth it.
        loose: The nodes that may fire while something before them goes on: `any` joins, and what
            a loop leads to that is left before its turn is over.
    """

    graph: Graph
    alternatives: Sequence[Alternatives]
    joins: Mapping[int, JoinRule]
    waits: Collection[int]
    loose: Collection[int]

    @cached_property
    def borders(self) -> Borders:
        """What crosses the borders of the parts that could be regions."""
        return Borders(self.graph, self.alternatives, self.joins, self.waits, self.loose)


def regions_of(terrain: Terrain, nodes: frozenset[int]) -> list[Region]:
    """The outermost regions among these nodes, which do not overlap."""
    found: list[Region] = []
    covered: set[int] = set()
    for entry in _worthwhile(terrain, nodes):
        head = terrain.graph.edges[entry][1]
        if head in covered or _obstacle(terrain, entry):
            continue
        members = terrain.graph.dominated_by(head)
        if members < nodes:
            found.append(Region(members, entry, tuple(_leaving(terrain.graph, members))))
            covered |= members
    return found + _segments(terrain, nodes - covered)


def shared_branches(
    terrain: Terrain, nodes: frozenset[int], regions: Collection[Region]
) -> Iterator[Shared]:
    """The branches among these nodes that would be worth a region and can be none."""
    covered = frozenset(node for region in regions for node in region.nodes)
    for entry in dict.fromkeys(_worthwhile(terrain, nodes - covered)):
        head = terrain.graph.edges[entry][1]
        if head in nodes - covered:
            obstacle = _obstacle(terrain, entry)
            if obstacle is not None:
                yield Shared(entry, obstacle)


def _worthwhile(terrain: Terrain, nodes: frozenset[int]) -> Iterator[int]:
    """The edges to branches that gain by supersteps of their own, outer forks first.

    Those are branches of several nodes, where something waits for the world: in the branch, so that
    others would wait for it, or in a branch beside it, for which it would wait.
    """
    borders, edges = terrain.borders, terrain.graph.edges
    for together in _forks(terrain, nodes):
        if any(borders.waiting[edges[edge][1]] > 0 for edge in together):
            yield from (edge for edge in together if borders.sizes[edges[edge][1]] > 1)


def _forks(terrain: Terrain, nodes: frozenset[int]) -> Iterator[Sequence[int]]:
    """The sets of edges that may be taken together, outer forks first."""
    graph = terrain.graph
    entries = [e for node in sorted(nodes) for e in graph.incoming[node] if _is_entry(graph, e)]
    if len(entries) > 1:
        yield entries
    for node in _in_order(graph, nodes):
        yield from (list(edges) for edges in terrain.alternatives[node] if len(edges) > 1)


def _is_entry(graph: Graph, edge: int) -> bool:
    return graph.edges[edge][0] == ENTRY


def _in_order(graph: Graph, nodes: frozenset[int]) -> list[int]:
    """The nodes, each before those that can only be reached through it."""
    return sorted(nodes & graph.reachable, key=graph.place.__getitem__)


def _obstacle(terrain: Terrain, entry: int) -> Obstacle | None:
    """Why what hangs on this edge alone cannot run by itself; None where it can.

    It can if no join inside must know of tokens outside, and if nothing goes on inside once a
    token leaves, so that leaving it can wait for the end: either only one token is ever inside, or
    all leave from one node that fires once, that all others lead to, and that stays in no loop
    while it leaves.
    """
    head, borders = terrain.graph.edges[entry][1], terrain.borders
    if not _is_only_way(terrain.graph, entry):
        return Obstacle.ENTERED
    if borders.curious[head]:
        return Obstacle.ASKS
    return Obstacle.LEAVES if _goes_on(borders, head) else None


def _goes_on(borders: Borders, head: int) -> bool:
    """Whether something may go on in the part of this node when a token leaves it."""
    if not borders.splits[head]:
        return borders.leaks[head] > 0
    stays = borders.half_open[head] or borders.trapped[head] or borders.loose[head]
    return borders.doors[head] > 1 or (borders.doors[head] == 1 and stays > 0)


def _is_only_way(graph: Graph, entry: int) -> bool:
    """Whether all other edges to the head of a branch come round from inside: it heads a loop."""
    head = graph.edges[entry][1]
    if graph.incoming[head] == (entry,):
        return True
    members = graph.dominated_by(head)
    return all(edge == entry or graph.edges[edge][0] in members for edge in graph.incoming[head])


def _leaving(graph: Graph, members: Collection[int]) -> Iterator[int]:
    return (
        edge
        for node in sorted(members)
        for edge in graph.outgoing[node]
        if graph.edges[edge][1] not in members
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
    for node in _in_order(graph, nodes):
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
