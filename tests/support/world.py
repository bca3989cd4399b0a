"""A world for node types: ports that answer as they are told, or never."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import anyio
from langchain_core.tools import BaseTool, StructuredTool

from services.providers.agents import LangChainAgents
from services.providers.tools import NamedTools
from workflow_compiler import RunContext
from workflow_compiler.ports import HttpRequest, HttpResponse
from workflow_compiler.scripted import ScriptedChatModels


@dataclass
class CannedHttp:
    """Answers every request alike, and remembers it."""

    answer: HttpResponse
    sent: list[HttpRequest] = field(default_factory=list)

    async def send(self, request: HttpRequest) -> HttpResponse:
        self.sent.append(request)
        return self.answer


class SilentHttp:
    """Never answers."""

    async def send(self, request: HttpRequest) -> HttpResponse:
        del request
        await anyio.sleep_forever()
        raise AssertionError


def tool_of(function: Any) -> BaseTool:
    """A LangChain tool that calls an async function."""
    return StructuredTool.from_function(coroutine=function)


def world(**tools: BaseTool) -> RunContext:
    """What a run gets when these are the tools, and the scripted model is the only one."""
    models = ScriptedChatModels()
    return RunContext(
        chat_models=models, tools=NamedTools(tools), agents=LangChainAgents(models, tools)
    )


def asking_for(tool: str, **arguments: Any) -> Mapping[str, Any]:
    """Options of a scripted model that calls a tool once and then says what came out."""
    call = {"name": tool, "args": arguments}
    replies = [{"contains": "done:", "text": "It is done"}, {"tool_calls": [call]}]
    return {"replies": replies}
