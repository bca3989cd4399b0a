"""The tools of `tool` and `agent` nodes: LangChain tools of modules, and tools of MCP servers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from langchain_core.tools import BaseTool, ToolException

from services.errors import ToolsError
from workflow_compiler import NodeError
from workflow_compiler.errors import ErrorType


async def load_tools(modules: Iterable[str], servers: Path | None) -> dict[str, BaseTool]:
    """All tools by name: the instances in these modules, and what the MCP servers of a file offer.

    Raises:
        ToolsError: a module or server cannot be used, or two tools have the same name.
    """
    tools: dict[str, BaseTool] = {}
    for module in modules:
        _add(tools, module, _tools_of(module))
    if servers is not None:
        # Loaded for those who have such servers only: it takes longer than most commands do.
        offered = import_module("services.providers.mcp_servers").tools_of_servers(servers)
        _add(tools, str(servers), await offered)
    return tools


class NamedTools:
    """Calls tools by name."""

    def __init__(self, tools: Mapping[str, BaseTool]) -> None:
        self._tools = tools

    async def call(self, name: str, arguments: Mapping[str, Any]) -> Any:
        """The tool's result; of a tool with an artifact, what is structured in it.

        Raises:
            NodeError: there is no such tool, or it says that it failed.
        """
        if name not in self._tools:
            raise NodeError(ErrorType.VALIDATION, f"there is no tool {name!r}")
        # What a tool would tell a model about its failure is for us a failure.
        tool = self._tools[name].model_copy(update={"handle_tool_error": False})
        try:
            return await _result(tool, arguments)
        except ToolException as error:
            raise NodeError(ErrorType.EXECUTION, f"tool {name!r} failed: {error}") from error


async def _result(tool: BaseTool, arguments: Mapping[str, Any]) -> Any:
    if tool.response_format == "content":
        return await tool.ainvoke(dict(arguments))
    # Only a call in LangChain's full form brings the artifact back.
    call = {"type": "tool_call", "name": tool.name, "args": dict(arguments), "id": tool.name}
    message = await tool.ainvoke(call)
    match message.artifact:
        case {"structured_content": dict() as structured}:
            return structured
        case _:
            return message.text if _is_text(message.content) else message.content


def _is_text(content: str | list[Any]) -> bool:
    return isinstance(content, str) or all(
        isinstance(block, dict) and block.get("type") == "text" for block in content
    )


def _tools_of(module: str) -> list[BaseTool]:
    try:
        loaded = import_module(module)
    except ImportError as error:
        raise ToolsError(module, str(error)) from error
    found = [value for value in vars(loaded).values() if isinstance(value, BaseTool)]
    return list({id(tool): tool for tool in found}.values())


def _add(tools: dict[str, BaseTool], source: str, more: Iterable[BaseTool]) -> None:
    for tool in more:
        if tools.get(tool.name, tool) is not tool:
            raise ToolsError(source, f"{tool.name!r} is the name of another tool")
        tools[tool.name] = tool
