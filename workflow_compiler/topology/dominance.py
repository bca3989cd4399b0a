"""Which nodes every way to a node leads through.

Lengauer and Tarjan, "A Fast Algorithm for Finding Dominators in a Flowgraph" (1979), the simple
version: no graph is worse for it than n log n.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence


def immediate_dominators(
    root: int, successors: Mapping[int, Sequence[int]], sources: Mapping[int, Sequence[int]]
) -> dict[int, int]:
    """The immediate dominator of each node that can be reached from the root; the root's is itself.

    `sources` may name nodes that cannot be reached.
    """
    return _Walk(root, successors).dominators(sources)


class _Walk:
    """A depth-first walk; nodes are known by their numbers in it, the root's is 0."""

    def __init__(self, root: int, successors: Mapping[int, Sequence[int]]) -> None:
        self._nodes: list[int] = []
        self._number: dict[int, int] = {}
        self._parents: list[int] = []
        self._enter(root, 0)
        path = [(0, iter(successors[root]))]
        while path:
            number, rest = path[-1]
            node = next((node for node in rest if node not in self._number), None)
            if node is None:
                path.pop()
            else:
                path.append((self._enter(node, number), iter(successors[node])))
        size = len(self._nodes)
        self._semi = list(range(size))
        self._best = list(range(size))
        self._above: list[int | None] = [None] * size

    def _enter(self, node: int, parent: int) -> int:
        number = len(self._nodes)
        self._nodes.append(node)
        self._number[node] = number
        self._parents.append(parent)
        return number

    def dominators(self, sources: Mapping[int, Sequence[int]]) -> dict[int, int]:
        found = [0] * len(self._nodes)
        waiting: list[list[int]] = [[] for _ in self._nodes]
        for number in range(len(self._nodes) - 1, 0, -1):
            parent = self._parents[number]
            for source in self._known(sources[self._nodes[number]]):
                self._semi[number] = min(self._semi[number], self._semi[self._best_of(source)])
            waiting[self._semi[number]].append(number)
            self._above[number] = parent
            for other in waiting[parent]:
                best = self._best_of(other)
                found[other] = best if self._semi[best] < self._semi[other] else parent
            waiting[parent].clear()
        for number in range(1, len(found)):
            if found[number] != self._semi[number]:
                found[number] = found[found[number]]
        return {self._nodes[n]: self._nodes[above] for n, above in enumerate(found)}

    def _known(self, sources: Sequence[int]) -> Iterator[int]:
        return (self._number[source] for source in sources if source in self._number)

    def _best_of(self, number: int) -> int:
        """The node with the smallest semidominator above this one, as far as it is linked."""
        path: list[int] = []
        above = self._above[number]
        while above is not None and self._above[above] is not None:
            path.append(number)
            number, above = above, self._above[above]
        for below in reversed(path):
            linked = self._above[below]
            assert linked is not None, "on the path"  # noqa: S101
            if self._semi[self._best[linked]] < self._semi[self._best[below]]:
                self._best[below] = self._best[linked]
            self._above[below] = self._above[linked]
        return self._best[path[0] if path else number]
