"""Turns stored workflow definitions into LangGraph graphs. A pure library: it does no I/O."""

from workflow_compiler.cache import CompileCache
from workflow_compiler.catalogue import default_registry, knowing_tools
from workflow_compiler.compiler import CompiledWorkflow, check, compile_workflow, parse, plan
from workflow_compiler.definition import Definition
from workflow_compiler.errors import DefinitionError, ErrorType, NodeError, Problem, WorkflowError
from workflow_compiler.fingerprint import fingerprint
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
