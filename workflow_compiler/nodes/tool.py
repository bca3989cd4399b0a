"""`tool`: calls a tool by name, through the run's `Tools` port."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from pydantic import Field, JsonValue

from workflow_compiler.expressions.names import suggest
from workflow_compiler.ports import NodeContext
from workflow_compiler.registry import Fault, Literal, NodeConfig, NodeType, Work


class ToolConfig(NodeConfig):
    """Config of `tool`."""

    tool: Literal = Field(description="The name of the tool.")
    arguments: dict[str, JsonValue] = Field(
        default_factory=dict, description="What the tool is called with; strings may be templates."
    )


def tool_type(known: Collection[str] | None = None) -> NodeType:
    """The `tool` node type; `known` are the tools that there are, None where nobody knows."""

    async def call(config: ToolConfig, context: NodeContext) -> Any:
        return await context.run.tools.call(config.tool, config.arguments)

    def review(config: ToolConfig) -> tuple[Fault, ...]:
        return tuple(unknown_tools([("/tool", config.tool)], known))

    return NodeType(
        name="tool",
        description="Calls a LangChain tool or a tool of an MCP server.",
        config=ToolConfig,
        behaviour=call,
        work=Work.IO,
        sends=True,
        review=review,
    )


def unknown_tools(
    named: Iterable[tuple[str, str]], known: Collection[str] | None
) -> Iterator[Fault]:
    """A fault for each tool, given by its place in the config and its name, that is not there."""
    for pointer, name in named:
        if known is not None and name not in known:
            yield Fault(
                code="unknown-tool",
                message=f"there is no tool {name!r}",
                pointer=pointer,
                hint=_meant(name, known) or "name its module in WORKFLOW_TOOLS",
            )


def _meant(name: str, known: Collection[str]) -> str | None:
    """The tools of an MCP server have the server's name in front of their own."""
    served = sorted(tool for tool in known if tool.endswith(f"_{name}"))
    return f"did you mean {' or '.join(map(repr, served))}?" if served else suggest(name, known)
