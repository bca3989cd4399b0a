"""What models say and which tools they call, as the events of AG-UI."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ag_ui.core import (
    BaseEvent,
    TextMessageContentEvent,
    TextMessageEndEvent,
    TextMessageStartEvent,
    ToolCallArgsEvent,
    ToolCallEndEvent,
    ToolCallResultEvent,
    ToolCallStartEvent,
)
from pydantic_core import to_json

from services.domain.events.base import NodeEvent
from services.domain.events.vocabulary import NodeCompleted, NodeStarted, Token
from services.domain.interrupts import visit_id
from services.domain.runs import Run
from services.domain.waits import VisitRef
from workflow_compiler import Plan


class Speech:
    """Follows what is said in each visit; who hears no pieces gets the whole at its end."""

    def __init__(self, run: Run, plan: Plan) -> None:
        self._run = run
        self._types = {node.id: node.type.name for node in plan.nodes}
        self._open: dict[str, None] = {}
        self._heard: dict[str, str] = {}
        self._over: set[str] = set()

    def token(self, token: Token) -> Iterator[BaseEvent]:
        """A piece of text."""
        message_id = self._id(token)
        if message_id in self._over:
            return  # it comes late, and is a part of what was told as a whole
        yield from self._begin(message_id)
        self._heard[message_id] = self._heard.get(message_id, "") + token.text
        if token.text:
            yield TextMessageContentEvent(message_id=message_id, delta=token.text)

    def started(self, event: NodeStarted) -> Iterator[BaseEvent]:
        """A visit of a `tool` node is a call."""
        if self._types[event.node_id] == "tool" and isinstance(event.input, Mapping):
            arguments = event.input.get("arguments") or {}
            yield from _call(self._id(event), str(event.input.get("tool")), arguments)

    def completed(self, event: NodeCompleted) -> Iterator[BaseEvent]:
        """The end of what was said in a visit, and all of it where nobody has heard it."""
        output = event.output if isinstance(event.output, Mapping) else {}
        match self._types[event.node_id]:
            case "llm":
                yield from self._said(event, output.get("text"))
            case "agent":
                for message in output.get("messages") or ():
                    yield from _of_agent(message)
                yield from self._said(event, output.get("text"))
            case "tool":
                yield _result(self._id(event), event.output)
            case _:
                yield from self.broken_off(event)

    def broken_off(self, event: NodeEvent) -> Iterator[BaseEvent]:
        """Nothing more is said in this attempt of a visit."""
        self._over.add(self._id(event))
        yield from self._end(self._id(event))

    def end_all(self) -> Iterator[BaseEvent]:
        """Nothing more is said at all."""
        for message_id in tuple(self._open):
            yield from self._end(message_id)

    def _said(self, event: NodeCompleted, text: Any) -> Iterator[BaseEvent]:
        """The end of a message; a new one with all of it for those who missed a part of it."""
        message_id = self._id(event)
        self._over.add(message_id)
        heard = self._heard.pop(message_id, None)
        yield from self._end(message_id)
        if isinstance(text, str) and text and text != heard:
            whole_id = message_id if heard is None else f"{message_id}-whole"
            yield from self._begin(whole_id)
            yield TextMessageContentEvent(message_id=whole_id, delta=text)
            yield from self._end(whole_id)

    def _begin(self, message_id: str) -> Iterator[BaseEvent]:
        if message_id not in self._open:
            self._open[message_id] = None
            yield TextMessageStartEvent(message_id=message_id, role="assistant")

    def _end(self, message_id: str) -> Iterator[BaseEvent]:
        if message_id in self._open:
            del self._open[message_id]
            yield TextMessageEndEvent(message_id=message_id)

    def _id(self, event: NodeEvent | Token) -> str:
        """One message, or one call, for each attempt of a visit."""
        place = VisitRef(
            run_id=self._run.id, node_id=event.node_id, path=event.path, visit=event.visit
        )
        return f"{visit_id(place)}-{event.attempt}"


def _of_agent(message: Mapping[str, Any]) -> Iterator[BaseEvent]:
    """The calls in a message of an agent, and what came back."""
    for call in message.get("tool_calls") or ():
        yield from _call(str(call.get("id")), str(call.get("name")), call.get("args") or {})
    if (call_id := message.get("tool_call_id")) is not None:
        yield _result(str(call_id), message.get("content"))


def _call(call_id: str, name: str, arguments: Any) -> Iterator[BaseEvent]:
    yield ToolCallStartEvent(tool_call_id=call_id, tool_call_name=name)
    yield ToolCallArgsEvent(tool_call_id=call_id, delta=_text(arguments))
    yield ToolCallEndEvent(tool_call_id=call_id)


def _result(call_id: str, content: Any) -> BaseEvent:
    text = content if isinstance(content, str) else _text(content)
    return ToolCallResultEvent(
        message_id=f"{call_id}-result", tool_call_id=call_id, content=text, role="tool"
    )


def _text(value: Any) -> str:
    return to_json(value, inf_nan_mode="null").decode()
