"""The models that nodes talk to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, Protocol

from workflow_compiler.errors import ErrorType, NodeError


class ChatModel(Protocol):
    """The part of LangChain's chat model interface that an `llm` node uses."""

    def astream(self, input: Any) -> AsyncIterator[Any]:  # noqa: A002 - LangChain's own word
        """Answer a list of messages, chunk by chunk; chunks add up with `+`."""


class ChatModels(Protocol):
    """Finds chat models by name, such as `scripted` or `openai:gpt-5`."""

    def chat_model(self, name: str, options: Mapping[str, Any]) -> ChatModel:
        """The model with these options.

        Raises:
            NodeError: there is none, or what it needs is not installed.
        """


class NoChatModels:
    """Knows no model; the port's null."""

    def chat_model(self, name: str, options: Mapping[str, Any]) -> ChatModel:
        """Refuse every name."""
        del options
        raise NodeError(ErrorType.EXECUTION, f"there is no chat model {name!r} in this program")
