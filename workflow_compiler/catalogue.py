"""The node types that every workflow may use."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from workflow_compiler.nodes.agent import agent_type
from workflow_compiler.nodes.choice import CONDITION, ROUTER
from workflow_compiler.nodes.data import SET, TEMPLATE, TRANSFORM
from workflow_compiler.nodes.foreach import FOREACH
from workflow_compiler.nodes.http import HTTP
from workflow_compiler.nodes.llm import LLM
from workflow_compiler.nodes.markers import END, START
from workflow_compiler.nodes.python import python_type
from workflow_compiler.nodes.signals import EMIT, FAIL, RETURN
from workflow_compiler.nodes.subworkflow import SUBWORKFLOW
from workflow_compiler.nodes.tool import tool_type
from workflow_compiler.nodes.try_catch import TRY_CATCH
from workflow_compiler.nodes.waiting import HUMAN, TIMER, WAIT_EVENT
from workflow_compiler.ports import Function
from workflow_compiler.registry import Registry


def default_registry(functions: Mapping[str, Function] | None = None) -> Registry:
    """A registry of the built-in types, whose `python` nodes may call these functions."""
    return Registry().with_types(
        *(START, END, LLM, agent_type(), tool_type(), python_type(functions or {}), HTTP),
        *(TRANSFORM, TEMPLATE, SET, CONDITION, ROUTER, EMIT, FAIL, RETURN),
        *(FOREACH, TRY_CATCH, SUBWORKFLOW, HUMAN, TIMER, WAIT_EVENT),
    )


def knowing_tools(registry: Registry, tools: Collection[str]) -> Registry:
    """This registry, in which `tool` and `agent` nodes may name these tools only.

    In any other, only a run finds out whether a tool is there.
    """
    types = (agent_type(tools), tool_type(tools))
    return registry.with_types(*(known for known in types if known.name in registry.types))
