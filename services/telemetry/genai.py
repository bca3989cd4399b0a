"""Calls of models and tools as spans, by the GenAI conventions of OpenTelemetry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGeneration, LLMResult
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer
from typing_extensions import override


class ModelAndToolSpans(BaseCallbackHandler):
    """Hears of LangChain's models and tools; a span is a child of what its task works for.

    What is said to a model or tool, and what they say, stays inside: it is users' data.
    """

    run_inline = True  # in the task of the call, which knows its visit
    ignore_chain = True
    ignore_retriever = True

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer
        self._open: dict[UUID, Span] = {}

    @override
    def on_chat_model_start(
        self,
        serialized: dict[str, Any],
        messages: list[list[BaseMessage]],
        *,
        run_id: UUID,
        metadata: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """A chat model is called."""
        known = metadata or {}
        model = str(known.get("ls_model_name") or known.get("ls_model_type") or "unknown")
        told = {
            "gen_ai.operation.name": "chat",
            "gen_ai.request.model": model,
            "gen_ai.provider.name": str(known.get("ls_provider", "unknown")),
        }
        self._start(run_id, f"chat {model}", SpanKind.CLIENT, told)

    @override
    def on_llm_end(self, response: LLMResult, *, run_id: UUID, **kwargs: Any) -> None:
        """It has answered."""
        self._end(run_id, _usage(response))

    @override
    def on_llm_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """It has not."""
        self._fail(run_id, error)

    @override
    def on_tool_start(
        self, serialized: dict[str, Any], input_str: str, *, run_id: UUID, **kwargs: Any
    ) -> None:
        """A tool is called."""
        name = str((serialized or {}).get("name", "tool"))
        told = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": name}
        if call_id := kwargs.get("tool_call_id"):
            told["gen_ai.tool.call.id"] = str(call_id)
        self._start(run_id, f"execute_tool {name}", SpanKind.INTERNAL, told)

    @override
    def on_tool_end(self, output: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """It has given something."""
        self._end(run_id, {})

    @override
    def on_tool_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """It has failed."""
        self._fail(run_id, error)

    def _start(self, run_id: UUID, name: str, kind: SpanKind, told: Mapping[str, str]) -> None:
        self._open[run_id] = self._tracer.start_span(name, kind=kind, attributes=told)

    def _end(self, run_id: UUID, told: Mapping[str, int]) -> None:
        if (span := self._open.pop(run_id, None)) is not None:
            span.set_attributes(told)
            span.end()

    def _fail(self, run_id: UUID, error: BaseException) -> None:
        if (span := self._open.pop(run_id, None)) is not None:
            span.set_attribute("error.type", type(error).__name__)
            span.set_status(Status(StatusCode.ERROR, type(error).__name__))
            span.end()


def _usage(response: LLMResult) -> dict[str, int]:
    """The tokens that a model counted, if it did."""
    for generation in (each for row in response.generations for each in row):
        usage = (
            getattr(generation.message, "usage_metadata", None)
            if isinstance(generation, ChatGeneration)
            else None
        )
        if usage:
            return {
                "gen_ai.usage.input_tokens": usage["input_tokens"],
                "gen_ai.usage.output_tokens": usage["output_tokens"],
            }
    return {}
