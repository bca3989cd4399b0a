"""Stalls: nodes that would wait for something slow beside them, only because they share its step.

Branches that come apart are regions and have steps of their own. Where they do not, a superstep
lasts as long as the slowest in it, and what follows a quick node begins late, or never while a
person is waited for. Such a level had better have no supersteps.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, reduce
from operator import or_
from typing import TypeAlias

from workflow_compiler.topology.certain import Alternatives
from workflow_compiler.topology.graph import ENTRY, Graph

Bits: TypeAlias = int
"""A set of nodes."""


class Stalls:
    """A graph, asked whether something in a level of it would stall.

    `back` are the edges that begin the next turn of a loop, `waits` the nodes that wait for the
    world.
    """

    def __init__(
        self,
        graph: Graph,
        alternatives: Sequence[Alternatives],
        back: Collection[int],
        waits: Collection[int],
    ) -> None:
        self._graph = graph
        self._alternatives = alternatives
        self._back = back
        self._waits = waits

    def happen(self, parts: Sequence[frozenset[int]], entries: Sequence[int]) -> bool:
        """Whether a part would begin late, if these were run in supersteps.

        It would if it follows another one, and both may go on beside something slow that neither
        of them needs.
        """
        slow = [part for part in parts if not part.isdisjoint(self._waits)]
        part_of = {node: number for number, part in enumerate(parts) for node in part}
        forks = list(self._forks(part_of, entries)) if slow else []
        if not forks:
            return False
        level = _bits(part_of)
        steps = {node: self._next(node, part_of) for node in part_of}
        for part in slow:
            apart = level & ~_bits(part)
            for node in part:
                apart &= ~(self._after[node] | self._before[node])
            if _has_step(apart, steps) and _has_step(apart & _beside(_bits(part), forks), steps):
                return True
        return False

    def _forks(self, part_of: Mapping[int, int], entries: Sequence[int]) -> Iterator[list[Bits]]:
        """What nodes that may begin together lead to: from one part into others."""
        edges = self._graph.edges
        if len(entries) > 1:
            yield [self._after[edges[entry][1]] for entry in entries]
        for node, part in part_of.items():
            for together in self._alternatives[node]:
                heads = {edges[e][1] for e in together if part_of.get(edges[e][1], part) != part}
                if len(heads) > 1:
                    yield [self._after[head] for head in heads]

    def _next(self, node: int, part_of: Mapping[int, int]) -> Bits:
        """What a node leads to in other parts of the level."""
        part = part_of[node]
        return _bits(n for n in self._graph.successors(node) if part_of.get(n, part) != part)

    @cached_property
    def _after(self) -> Sequence[Bits]:
        """For each node, itself and those that it reaches in this turn, or behind its loop."""
        return self._reached(((source, target) for source, target in self._graph.edges), ())

    @cached_property
    def _before(self) -> Sequence[Bits]:
        """For each node, itself and those that reach it so."""
        return self._reached(((target, source) for source, target in self._graph.edges), (ENTRY,))

    def _reached(self, edges: Iterable[tuple[int, int]], borders: Collection[int]) -> list[Bits]:
        known = [(number, edge) for number, edge in enumerate(edges) if edge[1] not in borders]
        every = Graph(self._graph.size, tuple(edge for _, edge in known))
        forward = tuple(edge for number, edge in known if number not in self._back)
        within = Graph(self._graph.size, forward).closure
        loops = [0] * self._graph.size
        for component in self._graph.components:
            for node in component:
                loops[node] = _bits(component)
        return [
            within[node] | every.closure[node] & ~loops[node] for node in range(self._graph.size)
        ]


def _beside(part: Bits, forks: Sequence[Sequence[Bits]]) -> Bits:
    """The nodes that may be at work beside a part, not on the other way of a choice."""
    found = 0
    for ways in forks:
        leading = [way for way in ways if way & part]
        if leading:
            found |= reduce(or_, (way for way in ways if leading != [way]), 0)
    return found


def _has_step(nodes: Bits, steps: Mapping[int, Bits]) -> bool:
    """Whether one of these nodes leads to another of them, in another part."""
    while nodes:
        lowest = nodes & -nodes
        if steps[lowest.bit_length() - 1] & nodes:
            return True
        nodes ^= lowest
    return False


def _bits(nodes: Iterable[int]) -> Bits:
    return sum(1 << node for node in nodes)
