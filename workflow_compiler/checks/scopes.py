"""Which node belongs to which part of which container, as far as that makes sense.

A node whose place makes no sense (no such container, no such slot, a circle) counts as one of the
whole workflow here, so that one mistake does not hide the others; a rule reports it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workflow_compiler.definition import Node
from workflow_compiler.registry import NodeType, Registry

TOP = 0
"""The number of the scope that is the whole workflow."""


@dataclass(frozen=True, slots=True)
class Home:
    """One scope before it has a graph.

    Attributes:
        container: The number of the container; None for the whole workflow.
        slot: Which of its slots.
        outer: The number of the scope that the container is in; its own for the whole workflow.
        names: What its nodes may read beside all else, that of the scopes around it included.
    """

    container: int | None
    slot: str
    outer: int
    names: frozenset[str]


class Homes:
    """The scopes of a definition: outer ones come before those inside them.

    Attributes:
        all: The scopes; the first is the whole workflow.
        of: For each node, the number of its scope.
        circular: The nodes whose containers lie in each other.
    """

    def __init__(self, nodes: Sequence[Node], registry: Registry) -> None:
        self._nodes = nodes
        self._types = [registry.types.get(node.type) for node in nodes]
        self._index = {node.id: number for number, node in enumerate(nodes)}
        self._numbers: dict[tuple[int | None, str], int] = {(None, ""): TOP}
        self.all = [Home(None, "", TOP, frozenset())]
        self.circular: set[int] = set()
        self._of: dict[int, int] = {}
        for number in range(len(nodes)):
            self._settle(number)
        self.of = tuple(self._of[number] for number in range(len(nodes)))

    def depth(self, scope: int) -> int:
        """How many containers lie around a scope."""
        depth = 0
        while scope != TOP:
            scope, depth = self.all[scope].outer, depth + 1
        return depth

    def anchor(self, node: int, scope: int) -> int | None:
        """What stands for a node in a scope around it: itself, or a container that it is in."""
        while (own := self.of[node]) != scope:
            container = self.all[own].container
            if container is None:
                return None
            node = container
        return node

    def _settle(self, number: int) -> None:
        """Find the scopes of the containers around a node, outermost first, then its own."""
        path = self._unsettled(number)
        if path and (last := self._container(path[-1])) in path:
            self.circular.update(path[path.index(last) :])
            self._of.update(dict.fromkeys(path, TOP))
        for node in reversed(self._unsettled(number)):
            self._of[node] = self._scope_of(node)

    def _unsettled(self, number: int) -> list[int]:
        """The node and the containers around it that have no scope yet, from the inside out."""
        path: list[int] = []
        seen: set[int] = set()
        node: int | None = number
        while node is not None and node not in self._of and node not in seen:
            path.append(node)
            seen.add(node)
            node = self._container(node)
        return path

    def _scope_of(self, number: int) -> int:
        container = self._container(number)
        if container is None:
            return TOP
        key = (container, self._nodes[number].slot or _slots(self._types[container])[""][0])
        if key not in self._numbers:
            self._numbers[key] = len(self.all)
            outer = self._of[container]
            own = _slots(self._types[container])[key[1]][1]
            names = self.all[outer].names | frozenset(own)
            self.all.append(Home(container, key[1], outer, names))
        return self._numbers[key]

    def _container(self, number: int) -> int | None:
        """The container that a node is in, if what the node says of it makes sense."""
        node = self._nodes[number]
        container = self._index.get(node.parent or "")
        if container is None or (node.slot or "") not in _slots(self._types[container]):
            return None
        return container


def _slots(node_type: NodeType | None) -> Mapping[str, tuple[str, tuple[str, ...]]]:
    """The slots of a type by name, the default one also by the empty name."""
    slots = node_type.slots if node_type else ()
    named = {slot.name: (slot.name, slot.names) for slot in slots}
    return {"": (slots[0].name, slots[0].names), **named} if slots else {}
