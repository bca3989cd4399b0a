"""The immutable table of node types that a compiler works with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from workflow_compiler.registry.node_type import NodeType


@dataclass(frozen=True, slots=True)
class Registry:
    """Node types by name. Adding gives a new registry."""

    types: Mapping[str, NodeType] = field(default_factory=lambda: MappingProxyType({}))

    def with_types(self, *types: NodeType) -> Registry:
        """This registry and these types; a type of the same name is replaced."""
        added = {node_type.name: node_type for node_type in types}
        return Registry(MappingProxyType({**self.types, **added}))
