"""The tools of MCP servers."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from langchain_core.tools import BaseTool

from services.errors import ToolsError

try:
    from langchain_mcp_adapters.client import MultiServerMCPClient
except ImportError:  # the extra `mcp` is not installed
    MultiServerMCPClient = None  # type: ignore[assignment, misc]

CONNECT_SECONDS = 30.0
"""How long a server may take to say which tools it has."""


async def tools_of_servers(file: Path) -> list[BaseTool]:
    """Every server's tools as `server_tool`; each call speaks with the server in its own session.

    So a server that dies costs one call, and none is kept by somebody who has to end it.

    Raises:
        ToolsError: the file, or a server in it, cannot be used.
    """
    connections = _connections(file)
    if MultiServerMCPClient is None:
        raise ToolsError(str(file), "install the extra: workflow-compiler[mcp]")
    client = MultiServerMCPClient(connections, tool_name_prefix=True)
    tools: list[BaseTool] = []
    for server in connections:
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                tools += await client.get_tools(server_name=server)
        except Exception as error:
            # Whatever it is, in whatever group: servers are other people's programs.
            raise ToolsError(f"{file}: {server}", _words(error)) from error
    return tools


def _words(error: BaseException) -> str:
    """The first cause in a group of errors, which itself says nothing."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return f"{type(error).__name__}: {error}"


def _connections(file: Path) -> dict[str, Any]:
    """The servers of a file as editors and assistants write it, by name."""
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ToolsError(str(file), str(error)) from error
    if not isinstance(document, dict) or not isinstance(document.get("mcpServers"), dict):
        raise ToolsError(str(file), 'write {"mcpServers": {name: {"command": ..., "args": [...]}}}')
    servers = document["mcpServers"]
    return {name: _connection(file, name, server) for name, server in servers.items()}


def _connection(file: Path, name: str, server: Any) -> dict[str, Any]:
    """A server as the adapters want it; how to speak with it may be left to what is given."""
    match server:
        case {"command": str()}:
            connection: dict[str, Any] = {"transport": "stdio", "args": []}
        case {"url": str()}:
            connection = {"transport": "streamable_http"}
        case _:
            raise ToolsError(f"{file}: {name}", "a server needs a 'command' or a 'url'")
    return {**connection, **server}
