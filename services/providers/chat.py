"""Chat models by name: the built-in scripted one, and all that LangChain knows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from langchain.chat_models import init_chat_model

from workflow_compiler import NodeError
from workflow_compiler.errors import ErrorType
from workflow_compiler.ports import ChatModel
from workflow_compiler.scripted import SCRIPTED, ScriptedChatModels


class LangChainChatModels:
    """Finds `scripted` and any `provider:model` of LangChain; a model is made once per setting."""

    def __init__(self) -> None:
        self._scripted = ScriptedChatModels()
        self._models: dict[str, ChatModel] = {}

    def chat_model(self, name: str, options: Mapping[str, Any]) -> ChatModel:
        """The model with these options.

        Raises:
            NodeError: there is no such model, or its provider's package or key is missing.
        """
        if name == SCRIPTED:
            return self._scripted.chat_model(name, options)
        key = json.dumps([name, dict(options)], sort_keys=True)
        if key not in self._models:
            self._models[key] = _made(name, options)
        return self._models[key]


def _made(name: str, options: Mapping[str, Any]) -> ChatModel:
    try:
        model: ChatModel = init_chat_model(name, **options)
    except ImportError as error:
        raise NodeError(ErrorType.VALIDATION, f"chat model {name!r}: {error}") from error
    except Exception as error:
        # Providers check their keys and settings with exceptions of their own.
        message = f"chat model {name!r} cannot be set up: {error}"
        raise NodeError(ErrorType.VALIDATION, message) from error
    return model
