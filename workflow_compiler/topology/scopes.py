"""Scopes: the parts of a definition in which tokens move on their own.

The whole workflow is a scope, and so is each slot of a container. No edge leads from one scope to
another, so all of them are parts of one graph, and every analysis of it holds in each of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from workflow_compiler.topology.graph import Graph


@dataclass(frozen=True)
class Scope:
    """One scope.

    Attributes:
        container: The container whose slot it is; None for the whole workflow.
        slot: The name of that slot.
        nodes: Its own nodes, without those inside its containers.
        entries: The edges by which its roots get their first token.
    """

    container: int | None
    slot: str
    nodes: frozenset[int]
    entries: tuple[int, ...]

    @cached_property
    def mask(self) -> int:
        """Its nodes as bits of an int."""
        return sum(1 << node for node in self.nodes)

    def leaves(self, graph: Graph) -> tuple[int, ...]:
        """The nodes at which its paths end."""
        return tuple(node for node in sorted(self.nodes) if not graph.outgoing[node])
