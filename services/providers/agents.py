"""Agents: LangChain's tool-calling loop, on the chat models and tools that other nodes use."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from langchain_core.tools import BaseTool

from workflow_compiler import NodeError
from workflow_compiler.errors import ErrorType
from workflow_compiler.ports import Accomplished, Assignment, ChatModels


class LangChainAgents:
    """Lets a chat model call tools until it is done."""

    def __init__(self, chat_models: ChatModels, tools: Mapping[str, BaseTool]) -> None:
        self._chat_models = chat_models
        self._tools = tools

    async def carry_out(self, assignment: Assignment) -> Accomplished:
        """Carry out an assignment.

        Raises:
            NodeError: a model or tool is not there, or the turns were too few.
        """
        model = self._chat_models.chat_model(assignment.model, assignment.options)
        tools = [self._tool(name) for name in assignment.tools]
        # Loaded for workflows with agents only: it takes longer than most commands do.
        loop = import_module("services.providers.agent_loop")
        done: Accomplished = await loop.carry_out(assignment, model, tools)
        return done

    def _tool(self, name: str) -> BaseTool:
        if name not in self._tools:
            raise NodeError(ErrorType.VALIDATION, f"there is no tool {name!r}")
        tool = self._tools[name]
        # A tool that says that it failed tells the model, which may know another way.
        return tool.model_copy(update={"handle_tool_error": tool.handle_tool_error or True})
