"""A directed multigraph of numbered nodes and edges, and the walks that the analyses share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from workflow_compiler.topology.dominance import immediate_dominators

ENTRY = -1
"""The source of the edges by which the roots get their first token."""


@dataclass(frozen=True)
class Graph:
    """Nodes `0 … size-1` and edges as (source, target).

    The edges of the definition come first, in its order; an entry edge per root follows.
    """

    size: int
    edges: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, size: int, edges: Sequence[tuple[int, int]], roots: Iterable[int]) -> Graph:
        """A graph of these edges in which the roots have an entry edge."""
        return cls(size, (*edges, *((ENTRY, root) for root in roots)))

    @cached_property
    def outgoing(self) -> tuple[tuple[int, ...], ...]:
        """For each node, the numbers of its outgoing edges."""
        lists: list[list[int]] = [[] for _ in range(self.size)]
        for number, (source, _) in enumerate(self.edges):
            if source != ENTRY:
                lists[source].append(number)
        return tuple(map(tuple, lists))

    @cached_property
    def incoming(self) -> tuple[tuple[int, ...], ...]:
        """For each node, the numbers of its incoming edges, an entry edge included."""
        lists: list[list[int]] = [[] for _ in range(self.size)]
        for number, (_, target) in enumerate(self.edges):
            lists[target].append(number)
        return tuple(map(tuple, lists))

    @cached_property
    def entries(self) -> tuple[int, ...]:
        """The numbers of the entry edges."""
        return tuple(n for n, (source, _) in enumerate(self.edges) if source == ENTRY)

    @cached_property
    def roots(self) -> tuple[int, ...]:
        """The nodes that get a token at the start."""
        return tuple(self.edges[entry][1] for entry in self.entries)

    def successors(self, node: int) -> Iterator[int]:
        """The targets of a node's edges."""
        return (self.edges[edge][1] for edge in self.outgoing[node])

    @cached_property
    def reachable(self) -> frozenset[int]:
        """The nodes that a token can ever come to."""
        return frozenset(self.reached_from(self.roots))

    def reached_from(self, starts: Iterable[int]) -> set[int]:
        """The nodes that can be reached from these, they themselves included."""
        seen = set(starts)
        waiting = list(seen)
        while waiting:
            for target in self.successors(waiting.pop()):
                if target not in seen:
                    seen.add(target)
                    waiting.append(target)
        return seen

    @cached_property
    def postorder(self) -> tuple[int, ...]:
        """The reachable nodes, each after all that a depth-first walk finds below it."""
        seen: set[int] = set()
        order: list[int] = []
        for root in self.roots:
            if root in seen:
                continue
            seen.add(root)
            path = [(root, self.successors(root))]
            while path:
                node, rest = path[-1]
                fresh = next((target for target in rest if target not in seen), None)
                if fresh is None:
                    order.append(node)
                    path.pop()
                else:
                    seen.add(fresh)
                    path.append((fresh, self.successors(fresh)))
        return tuple(order)

    @cached_property
    def place(self) -> Mapping[int, int]:
        """For each reachable node, its place in the reverse of that order.

        Without the edges that go round it is a topological one.
        """
        return {node: place for place, node in enumerate(reversed(self.postorder))}

    @cached_property
    def components(self) -> tuple[tuple[int, ...], ...]:
        """Strongly connected components of the whole graph, successors first."""
        return strongly_connected(range(self.size), self.edges, range(len(self.edges)))

    @cached_property
    def component_of(self) -> tuple[int, ...]:
        """For each node, the number of its component; nodes downstream have smaller ones."""
        numbers = [0] * self.size
        for number, component in enumerate(self.components):
            for node in component:
                numbers[node] = number
        return tuple(numbers)

    @cached_property
    def closure(self) -> tuple[int, ...]:
        """For each node, the set of nodes that it reaches, itself included, as bits of an int."""
        bits = [0] * self.size
        for component in self.components:
            union = 0
            for node in component:
                union |= 1 << node
                for target in self.successors(node):
                    union |= bits[target]
            for node in component:
                bits[node] = union
        return tuple(bits)

    @cached_property
    def dominators(self) -> tuple[int, ...]:
        """The immediate dominator of each node; ENTRY for roots and what nothing dominates."""
        successors = {node: list(self.successors(node)) for node in range(self.size)}
        sources = {
            node: [self.edges[edge][0] for edge in edges]
            for node, edges in enumerate(self.incoming)
        }
        found = immediate_dominators(ENTRY, successors | {ENTRY: list(self.roots)}, sources)
        return tuple(found.get(node, ENTRY) for node in range(self.size))

    @cached_property
    def dominated(self) -> tuple[tuple[int, ...], ...]:
        """For each node, the reachable nodes that it dominates immediately."""
        lists: list[list[int]] = [[] for _ in range(self.size)]
        for node, above in enumerate(self.dominators):
            if above != ENTRY and node in self.reachable:
                lists[above].append(node)
        return tuple(map(tuple, lists))

    @cached_property
    def dominance_order(self) -> tuple[int, ...]:
        """The reachable nodes, each right before all that it dominates."""
        order: list[int] = []
        waiting = [n for n, above in enumerate(self.dominators) if above == ENTRY]
        waiting = [node for node in waiting if node in self.reachable]
        while waiting:
            node = waiting.pop()
            order.append(node)
            waiting += self.dominated[node]
        return tuple(order)

    @cached_property
    def _spans(self) -> tuple[tuple[int, int], ...]:
        """For each node, from where to where it and what it dominates stand in that order."""
        spans = [(-1, -1)] * self.size
        for place, node in enumerate(self.dominance_order):
            spans[node] = (place, place + 1)
        for node in reversed(self.dominance_order):
            above = self.dominators[node]
            if above != ENTRY:
                first, last = spans[above]
                spans[above] = (first, max(last, spans[node][1]))
        return tuple(spans)

    def dominates(self, above: int, node: int) -> bool:
        """Whether every way to a reachable node leads through another, or it is that one."""
        first, last = self._spans[above]
        return first <= self._spans[node][0] < last

    def dominated_by(self, head: int) -> frozenset[int]:
        """The reachable nodes to which every way leads through this one, itself included."""
        first, last = self._spans[head]
        return frozenset(self.dominance_order[first:last])


def strongly_connected(
    nodes: Iterable[int], edges: Sequence[tuple[int, int]], among: Iterable[int]
) -> tuple[tuple[int, ...], ...]:
    """Components of the subgraph of these nodes and edge numbers, successors first.

    Tarjan (1972), made iterative so that a chain of 10,000 nodes does not overflow the stack.
    """
    targets: dict[int, list[int]] = {node: [] for node in nodes}
    for number in among:
        source, target = edges[number]
        if source in targets and target in targets:
            targets[source].append(target)
    return tuple(_Tarjan(targets).components())


class _Tarjan:
    def __init__(self, targets: dict[int, list[int]]) -> None:
        self._targets = targets
        self._low: dict[int, int] = {}
        self._index: dict[int, int] = {}
        self._stack: list[int] = []
        self._on_stack: set[int] = set()

    def components(self) -> Iterator[tuple[int, ...]]:
        for node in self._targets:
            if node not in self._index:
                yield from self._walk(node)

    def _walk(self, root: int) -> Iterator[tuple[int, ...]]:
        path = [(root, self._enter(root))]
        while path:
            node, rest = path[-1]
            target = next(rest, None)
            if target is None:
                path.pop()
                if path:
                    self._lower(path[-1][0], self._low[node])
                if self._low[node] == self._index[node]:
                    yield self._leave(node)
            elif target not in self._index:
                path.append((target, self._enter(target)))
            elif target in self._on_stack:
                self._lower(node, self._index[target])

    def _enter(self, node: int) -> Iterator[int]:
        self._index[node] = self._low[node] = len(self._index)
        self._stack.append(node)
        self._on_stack.add(node)
        return iter(self._targets[node])

    def _lower(self, node: int, value: int) -> None:
        self._low[node] = min(self._low[node], value)

    def _leave(self, node: int) -> tuple[int, ...]:
        place = self._stack.index(node) if self._stack[-1] != node else len(self._stack) - 1
        component = tuple(self._stack[place:])
        del self._stack[place:]
        self._on_stack.difference_update(component)
        return component
