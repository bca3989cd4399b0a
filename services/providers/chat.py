"""Chat models by name: the built-in scripted one, and all that LangChain knows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pkgutil import resolve_name
from typing import Any, Final

from workflow_compiler import NodeError
from workflow_compiler.errors import ErrorType
from workflow_compiler.ports import ChatModel
from workflow_compiler.scripted import SCRIPTED, ScriptedChatModels

CAPACITY: Final = 64
"""Models that are kept: each holds connections, and options may come from templates."""


class LangChainChatModels:
    """Finds `scripted` and any `provider:model` of LangChain; the last used ones are kept."""

    def __init__(self) -> None:
        self._scripted = ScriptedChatModels()
        self._model = lru_cache(CAPACITY)(_made)

    def chat_model(self, name: str, options: Mapping[str, Any]) -> ChatModel:
        """The model with these options.

        Raises:
            NodeError: there is no such model, or its provider's package or key is missing.
        """
        if name == SCRIPTED:
            return self._scripted.chat_model(name, options)
        return self._model(name, json.dumps(dict(options), sort_keys=True))


def _made(name: str, options: str) -> ChatModel:
    """A new model; its options are JSON text, by which it is found again."""
    try:
        # Loaded by those who have such models only: it takes longer than most commands do.
        init_chat_model = resolve_name("langchain.chat_models:init_chat_model")
        model: ChatModel = init_chat_model(name, **json.loads(options))
    except ImportError as error:
        raise NodeError(ErrorType.VALIDATION, f"chat model {name!r}: {error}") from error
    except Exception as error:
        # Providers check their keys and settings with exceptions of their own.
        message = f"chat model {name!r} cannot be set up: {error}"
        raise NodeError(ErrorType.VALIDATION, message) from error
    return model
