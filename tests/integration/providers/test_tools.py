"""The tools of modules and of a real MCP server."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from langchain_core.tools import BaseTool

from services.errors import ToolsError
from services.providers.tools import NamedTools, load_tools
from workflow_compiler import NodeError

MODULE = "tests.support.toolbox"
SERVER = Path(__file__).parents[2] / "support" / "mcp_server.py"


def servers(folder: Path, document: object) -> Path:
    """A file of MCP servers."""
    file = folder / "mcp.json"
    file.write_text(document if isinstance(document, str) else json.dumps(document))
    return file


def numbers(folder: Path) -> Path:
    """A file that names the server of this test."""
    server = {"command": sys.executable, "args": [str(SERVER)], "env": dict(os.environ)}
    return servers(folder, {"mcpServers": {"numbers": server}})


async def called(name: str, arguments: dict[str, Any], tools: dict[str, BaseTool]) -> Any:
    return await NamedTools(tools).call(name, arguments)


async def test_the_tools_of_a_module_are_found_once_each() -> None:
    assert set(await load_tools([MODULE], None)) == {"weather", "shout", "chart", "broken"}


@pytest.mark.parametrize(
    ("name", "arguments", "result"),
    [
        ("weather", {"city": "Paris"}, {"city": "Paris", "degrees": 18}),
        ("shout", {"text": "hi"}, "HI"),
        ("chart", {"values": [1, 2]}, "a chart of 2 values"),
    ],
)
async def test_a_tool_is_called_by_name(name: str, arguments: dict[str, Any], result: Any) -> None:
    assert await called(name, arguments, await load_tools([MODULE], None)) == result


async def test_a_tool_that_says_that_it_failed_fails() -> None:
    with pytest.raises(NodeError, match="tool 'broken' failed: the line is down") as caught:
        await called("broken", {}, await load_tools([MODULE], None))
    assert caught.value.type == "EXECUTION"


async def test_an_unknown_tool_is_refused() -> None:
    with pytest.raises(NodeError, match="there is no tool 'nothing'"):
        await called("nothing", {}, {})


async def test_the_tools_of_an_mcp_server(tmp_path: Path) -> None:
    tools = await load_tools([MODULE], numbers(tmp_path))
    assert {name for name in tools if name.startswith("numbers_")} == {
        "numbers_add",
        "numbers_say",
        "numbers_divide",
    }
    assert await called("numbers_add", {"a": 2, "b": 3}, tools) == {"sum": 5}
    assert await called("numbers_say", {"text": "hi"}, tools) == "I say hi"
    with pytest.raises(NodeError, match=r"tool 'numbers_divide' failed: .*division by zero"):
        await called("numbers_divide", {"a": 1, "b": 0}, tools)


async def test_a_module_that_is_not_there_is_named() -> None:
    with pytest.raises(ToolsError, match=r"tools of 'tests\.nowhere' cannot be used: No module"):
        await load_tools(["tests.nowhere"], None)


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ("{", "Expecting"),
        ([], "write {"),
        ({"mcpServers": {"x": {}}}, "x' cannot be used: a server needs a 'command' or a 'url'"),
        ({"mcpServers": {"x": {"command": "/no/such/program"}}}, "x' cannot be used: .*Error"),
    ],
)
async def test_a_broken_file_of_servers_is_named(
    tmp_path: Path, document: object, why: str
) -> None:
    with pytest.raises(ToolsError, match=why) as caught:
        await load_tools([], servers(tmp_path, document))
    assert str(tmp_path / "mcp.json") in caught.value.source


async def test_two_tools_of_one_name_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    weather = (await load_tools([MODULE], None))["weather"]
    other = weather.model_copy()
    module = type(sys)("tests.support.other_tools")
    vars(module)["weather"] = other
    monkeypatch.setitem(sys.modules, module.__name__, module)
    with pytest.raises(ToolsError, match="'weather' is the name of another tool"):
        await load_tools([MODULE, module.__name__], None)
