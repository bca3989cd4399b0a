"""Tools by name, and agents that work with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from workflow_compiler.errors import ErrorType, NodeError
from workflow_compiler.usage import Usage


class Tools(Protocol):
    """Calls tools by name."""

    async def call(self, name: str, arguments: Mapping[str, Any]) -> Any:
        """The tool's result, as a value that becomes JSON.

        Raises:
            NodeError: there is no such tool, or it says that it failed.
        """


class NoTools:
    """Knows no tool; the port's null."""

    async def call(self, name: str, arguments: Mapping[str, Any]) -> Any:
        """Refuse every name."""
        del arguments
        raise NodeError(ErrorType.EXECUTION, f"there is no tool {name!r} in this program")


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """What an agent is to do, and with what; `max_turns` bounds its calls of the model."""

    model: str
    options: Mapping[str, Any]
    prompt: str
    system: str | None
    tools: tuple[str, ...]
    max_turns: int
    output_schema: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accomplished:
    """What came out of an assignment; `data` only where a schema asked for it."""

    text: str
    data: Any
    messages: tuple[Mapping[str, Any], ...]
    usage: Usage


class Agents(Protocol):
    """Lets a model work with tools until it is done."""

    async def carry_out(self, assignment: Assignment) -> Accomplished:
        """Carry out an assignment.

        Raises:
            NodeError: a model or tool is not there, or the turns were too few.
        """


class NoAgents:
    """Carries out nothing; the port's null."""

    async def carry_out(self, assignment: Assignment) -> Accomplished:
        """Refuse every assignment."""
        message = f"this program has no agents, so {assignment.model!r} cannot work as one"
        raise NodeError(ErrorType.EXECUTION, message)
