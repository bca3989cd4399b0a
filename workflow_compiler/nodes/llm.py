"""`llm`: one call of a chat model, streamed, with usage and, on demand, structured output."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import Field, JsonValue, model_validator

from workflow_compiler.errors import ErrorType, NodeError
from workflow_compiler.json_schema import mismatches, schema_fault
from workflow_compiler.ports import ChatModel, NodeContext
from workflow_compiler.registry import Completed, Fault, NodeConfig, NodeType, Work
from workflow_compiler.registry.config import Language
from workflow_compiler.usage import Usage

_FENCE = "```"


class Message(NodeConfig):
    """One message of a chat."""

    role: Literal["system", "user", "assistant"] = Field(description="Who says it.")
    content: str = Field(description="What is said.")


class LlmConfig(NodeConfig):
    """Config of `llm`."""

    model: str = Field(description="'scripted', or 'provider:model' for LangChain.")
    prompt: str | None = Field(None, description="The user's message.")
    messages: list[Message] | None = Field(None, description="A whole chat instead of a prompt.")
    system: str | None = Field(None, description="A system message to put first.")
    temperature: float | None = Field(
        None, ge=0, le=2, description="How much chance there is in the answer."
    )
    output_schema: Annotated[dict[str, JsonValue] | None, Language.LITERAL] = Field(
        None, description="JSON Schema that the answer must meet; it becomes 'data'."
    )
    options: dict[str, JsonValue] = Field(
        default_factory=dict, description="Settings that only the provider knows."
    )

    @model_validator(mode="after")
    def _prompt_or_messages(self) -> LlmConfig:
        if (self.prompt is None) == (self.messages is None):
            msg = "give either 'prompt' or 'messages'"
            raise ValueError(msg)
        return self


async def _chat(config: LlmConfig, context: NodeContext) -> Completed:
    options = dict(config.options)
    if config.temperature is not None:
        options["temperature"] = config.temperature
    model = context.run.chat_models.chat_model(config.model, options)
    answer = await _answer(model, _messages(config))
    text = str(answer.text)
    usage = _usage(answer, config.model)
    data = _structured(text, config.output_schema, usage)
    return Completed(output={"text": text, "data": data, "usage": usage.counts()}, usage=usage)


async def _answer(model: ChatModel, messages: list[tuple[str, str]]) -> Any:
    """The whole message; its chunks are seen by whoever watches the model's own events."""
    answer: Any = None
    async for chunk in model.astream(messages):
        answer = chunk if answer is None else answer + chunk
    if answer is None:
        raise NodeError(ErrorType.EXECUTION, "the model answered with nothing")
    return answer


def _messages(config: LlmConfig) -> list[tuple[str, str]]:
    system = config.system or ""
    if config.output_schema is not None:
        wanted = json.dumps(config.output_schema)
        system = (
            f"{system}\nAnswer with one JSON value that meets this JSON Schema: {wanted}".strip()
        )
    head = [("system", system)] if system else []
    if config.messages is None:
        return [*head, ("user", str(config.prompt))]
    return head + [(message.role, message.content) for message in config.messages]


def _structured(text: str, schema: dict[str, Any] | None, usage: Usage) -> Any:
    if schema is None:
        return None
    try:
        data = json.loads(_without_fence(text))
    except ValueError as error:
        message = f"the model's answer is no JSON: {error}"
        raise NodeError(ErrorType.VALIDATION, message, usage) from error
    if found := mismatches(schema, data):
        places = "; ".join(f"{wrong.pointer or '/'}: {wrong.message}" for wrong in found)
        message = f"the answer breaks the output_schema: {places}"
        raise NodeError(ErrorType.VALIDATION, message, usage)
    return data


def _review(config: LlmConfig) -> tuple[Fault, ...]:
    why = schema_fault(config.output_schema) if config.output_schema else None
    if why is None:
        return ()
    return (Fault(code="invalid-schema", message=why, pointer="/output_schema"),)


def _without_fence(text: str) -> str:
    """Models like to put JSON between fences, whatever they were told."""
    text = text.strip()
    if text.startswith(_FENCE) and text.endswith(_FENCE):
        return text.removesuffix(_FENCE).partition("\n")[2]
    return text


def _usage(answer: Any, model: str) -> Usage:
    counts = answer.usage_metadata or {}
    return Usage(
        input_tokens=counts.get("input_tokens", 0),
        output_tokens=counts.get("output_tokens", 0),
        total_tokens=counts.get("total_tokens", 0),
        model=model,
    )


LLM = NodeType(
    name="llm",
    description="Calls a chat model and streams its answer; output {text, data, usage}.",
    config=LlmConfig,
    behaviour=_chat,
    work=Work.IO,
    sends=True,
    review=_review,
)
