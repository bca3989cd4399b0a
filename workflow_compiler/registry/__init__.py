"""What a node can be: types, their configs, and the functions of `python` nodes."""

from workflow_compiler.registry.config import Expr, Literal, NoConfig, NodeConfig
from workflow_compiler.registry.functions import function, functions_of
from workflow_compiler.registry.node_type import Behaviour, Completed, Fault, NodeType, Slot, Work
from workflow_compiler.registry.registry import Registry

__all__ = [
    "Behaviour",
    "Completed",
    "Expr",
    "Fault",
    "Literal",
    "NoConfig",
    "NodeConfig",
    "NodeType",
    "Registry",
    "Slot",
    "Work",
    "function",
    "functions_of",
]
