"""The stored document and its one canonical form."""

from workflow_compiler.definition.models import (
    Definition,
    Edge,
    Join,
    Limits,
    Node,
    NodeDefaults,
    Retry,
    Routing,
    Variable,
)
from workflow_compiler.definition.parse import read

__all__ = [
    "Definition",
    "Edge",
    "Join",
    "Limits",
    "Node",
    "NodeDefaults",
    "Retry",
    "Routing",
    "Variable",
    "read",
]
