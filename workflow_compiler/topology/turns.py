"""Which edges start the next turn of which loops, as a join sees it."""

from __future__ import annotations

from collections.abc import Collection, Container, Mapping

from workflow_compiler.topology.loops import Loop


class Turns:
    """The loops of a graph, asked by its joins."""

    def __init__(self, loops: Collection[Loop]) -> None:
        self._starting = {edge: loop for loop in loops for edge in loop.back_edges}
        self._looping = frozenset[int]().union(*(loop.nodes for loop in loops if loop.depth == 1))
        self._heads = {loop.headers[0]: loop for loop in loops if loop.single_entry}
        self._around: dict[int, list[Loop]] = {}
        for loop in loops:  # outer ones first
            for node in loop.nodes:
                self._around.setdefault(node, []).append(loop)

    def barred(self, node: int, incoming: Collection[int]) -> Container[int]:
        """The back edges of loops that contain the node, and its incoming edges."""
        plain = frozenset(incoming)
        return _Barred(node, plain, self._starting) if node in self._looping else plain

    def is_ahead(self, edge: int, node: int) -> bool:
        """Whether an edge starts no turn of a loop that contains the node."""
        loop = self._starting.get(edge)
        return loop is None or node not in loop.nodes

    def round(self, node: int, join: int) -> frozenset[int]:
        """All that can come to the node, and it to them, on its way to the join in this turn."""
        loops = (loop.nodes for loop in self._around.get(node, ()) if join not in loop.nodes)
        return next(loops, frozenset({node}))

    def begins_at(self, node: int) -> int | None:
        """The header of the innermost loop around a node that can only be entered there.

        Other than the node itself; None outside of such loops.
        """
        heads = (loop.headers for loop in reversed(self._around.get(node, [])) if loop.single_entry)
        return next((header for (header,) in heads if header != node), None)

    def headed(self, node: int) -> frozenset[int]:
        """The nodes of the loop that can only be entered at this one."""
        loop = self._heads.get(node)
        return loop.nodes if loop else frozenset()

    def own_back(self, node: int) -> frozenset[int]:
        """Back edges of the loop that can only be entered at the node."""
        loop = self._heads.get(node)
        return loop.back_edges if loop else frozenset()


class _Barred:
    """Edges that no token takes on its way to a join, if it is to arrive in this turn.

    Loops share their back edges with those around them, so there is no set of them for each node.
    """

    def __init__(self, join: int, incoming: Collection[int], starting: Mapping[int, Loop]) -> None:
        self._join = join
        self._incoming = incoming
        self._starting = starting

    def __contains__(self, edge: object) -> bool:
        """Whether the edge leads into the join, or starts a turn of a loop that contains it."""
        if edge in self._incoming:
            return True
        loop = self._starting.get(edge) if isinstance(edge, int) else None
        return loop is not None and self._join in loop.nodes
