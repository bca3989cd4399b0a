"""The chat model that needs no network: it answers by a script, or else echoes, and streams.

It is a LangChain chat model like any other, so workflows can be written, tested and shown without
an account; the same workflow with another model name talks to a real one.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any

import anyio
from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LangSmithParams, LanguageModelInput
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    ToolCall,
    ToolCallChunk,
)
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError, model_validator
from typing_extensions import override

from workflow_compiler.errors import ErrorType, NodeError
from workflow_compiler.ports import ChatModel

SCRIPTED = "scripted"

_PIECE = re.compile(r"\s*\S+|\s+")


class ScriptedCall(BaseModel):
    """A tool that the model asks for, as if it had thought of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    args: dict[str, JsonValue] = Field(default_factory=dict)


class Reply(BaseModel):
    """One line of a script: what to answer when the prompt contains a text."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str = ""
    contains: str = ""
    tool_calls: tuple[ScriptedCall, ...] = ()

    @model_validator(mode="after")
    def _says_something(self) -> Reply:
        if not self.text and not self.tool_calls:
            msg = "a reply needs 'text' or 'tool_calls'"
            raise ValueError(msg)
        return self


class ScriptedChatModel(BaseChatModel):
    """Answers with the first reply whose `contains` is part of the prompt, word by word.

    The prompt is the whole chat, results of tools included: in the script of an agent, the reply to
    a result stands before the reply that asks for the tool.
    """

    model_config = ConfigDict(extra="forbid")

    replies: tuple[Reply, ...] = ()
    delay_seconds: float = Field(0.0, ge=0, le=10, description="Pause before each word.")
    temperature: float | None = None

    @property
    @override
    def _llm_type(self) -> str:
        return SCRIPTED

    @override
    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        """What traces call it: as definitions do, not by the name of a class."""
        params = super()._get_ls_params(stop, **kwargs)
        return LangSmithParams(**{**params, "ls_provider": SCRIPTED, "ls_model_name": SCRIPTED})

    @override
    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        reply = self._reply(messages)
        calls = [
            ToolCall(name=call.name, args=dict(call.args), id=_call_id(messages, index))
            for index, call in enumerate(reply.tool_calls)
        ]
        usage = _usage(messages, reply.text)
        message = AIMessage(reply.text, tool_calls=calls, usage_metadata=usage)
        return ChatResult(generations=[ChatGeneration(message=message)])

    @override
    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        reply = self._reply(messages)
        for piece in _pieces(reply.text):
            await anyio.sleep(self.delay_seconds)
            chunk = ChatGenerationChunk(message=AIMessageChunk(content=piece))
            if run_manager:
                await run_manager.on_llm_new_token(piece, chunk=chunk)
            yield chunk
        last = AIMessageChunk(
            content="",
            tool_call_chunks=[
                ToolCallChunk(
                    name=call.name,
                    args=json.dumps(call.args),
                    id=_call_id(messages, index),
                    index=index,
                )
                for index, call in enumerate(reply.tool_calls)
            ],
            usage_metadata=_usage(messages, reply.text),
        )
        yield ChatGenerationChunk(message=last)

    @override
    def bind_tools(
        self,
        tools: Sequence[Any],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Take note of nothing: the script says which tools to call."""
        return self

    def _reply(self, messages: list[BaseMessage]) -> Reply:
        prompt = "\n".join(str(message.text) for message in messages)
        scripted = (reply for reply in self.replies if reply.contains in prompt)
        return next(scripted, None) or Reply(text=f"[scripted] {messages[-1].text}")


class ScriptedChatModels:
    """Knows the scripted model and no other."""

    def chat_model(self, name: str, options: Mapping[str, Any]) -> ChatModel:
        """The scripted model with this script.

        Raises:
            NodeError: another model was asked for, or the options are no script.
        """
        if name != SCRIPTED:
            message = f"the chat model {name!r} is not known here; there is {SCRIPTED!r}"
            raise NodeError(ErrorType.VALIDATION, message)
        try:
            return ScriptedChatModel(**options)
        except ValidationError as error:
            detail = error.errors(include_url=False)[0]
            place = ".".join(map(str, detail["loc"]))
            message = f"options of the scripted model, {place!r}: {detail['msg']}"
            raise NodeError(ErrorType.VALIDATION, message) from error


def _pieces(text: str) -> Iterator[str]:
    return (match.group() for match in _PIECE.finditer(text))


def _call_id(messages: list[BaseMessage], index: int) -> str:
    """The same in every run, and another one in every turn."""
    return f"call_{len(messages)}_{index}"


def _usage(messages: list[BaseMessage], answer: str) -> UsageMetadata:
    """Words count as tokens, so that usage can be followed without a tokenizer."""
    read = sum(len(str(message.text).split()) for message in messages)
    written = len(answer.split())
    return UsageMetadata(input_tokens=read, output_tokens=written, total_tokens=read + written)
