"""Turns stored workflow definitions into LangGraph graphs. A pure library: it does no I/O."""

from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from workflow_compiler.catalogue import default_registry, knowing_tools
from workflow_compiler.definition import Definition
from workflow_compiler.errors import DefinitionError, ErrorType, NodeError, Problem, WorkflowError
from workflow_compiler.fingerprint import fingerprint
from workflow_compiler.frontend import check, parse, plan
from workflow_compiler.planning import Plan
from workflow_compiler.ports import NodeContext, RunContext
from workflow_compiler.registry import (
    Completed,
    NodeConfig,
    NodeType,
    Registry,
    Work,
    function,
    functions_of,
)

if TYPE_CHECKING:
    from workflow_compiler.cache import CompileCache
    from workflow_compiler.compiler import CompiledWorkflow, compile_workflow

__all__ = [
    "CompileCache",
    "CompiledWorkflow",
    "Completed",
    "Definition",
    "DefinitionError",
    "ErrorType",
    "NodeConfig",
    "NodeContext",
    "NodeError",
    "NodeType",
    "Plan",
    "Problem",
    "Registry",
    "RunContext",
    "Work",
    "WorkflowError",
    "check",
    "compile_workflow",
    "default_registry",
    "fingerprint",
    "function",
    "functions_of",
    "knowing_tools",
    "parse",
    "plan",
]

_ON_LANGGRAPH = MappingProxyType(
    {
        "CompileCache": "workflow_compiler.cache",
        "CompiledWorkflow": "workflow_compiler.compiler",
        "compile_workflow": "workflow_compiler.compiler",
    }
)


def __getattr__(name: str) -> Any:
    """What runs on LangGraph, loaded when it is first asked for: that takes as long as all else."""
    if name not in _ON_LANGGRAPH:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(_ON_LANGGRAPH[name]), name)
