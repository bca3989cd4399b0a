"""What models say in a run, as the messages of LangChain."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, Final

from api.langgraph.sse import Part
from services.domain.events.base import NodeEvent
from services.domain.events.vocabulary import NodeCompleted, Token
from services.domain.interrupts import visit_id
from services.domain.runs import Run
from services.domain.waits import VisitRef
from workflow_compiler import Plan

TUPLES: Final = "messages-tuple"
WHOLE: Final = "messages"

_SPEAKING: Final = frozenset({"llm", "agent"})
"""Types of nodes whose output has what the model said as `text`."""


class Messages:
    """Follows what is said in each visit: piece by piece while it streams, and as a whole.

    Pieces are not stored; who comes late gets the whole message with the end of its visit.
    """

    def __init__(self, run: Run, plan: Plan, modes: Collection[str]) -> None:
        self._run = run
        self._modes = modes
        self._speaking = {node.id for node in plan.nodes if node.type.name in _SPEAKING}
        self._said: dict[str, str] = {}
        self._complete: set[str] = set()

    def token(self, token: Token) -> Iterator[Part]:
        """A piece of text."""
        message_id = self._id(token)
        if message_id in self._complete:
            return  # it comes late, and is a part of what was told as a whole
        is_new = message_id not in self._said
        self._said[message_id] = self._said.get(message_id, "") + token.text
        if TUPLES in self._modes:
            chunk = _message("AIMessageChunk", message_id, token.text)
            yield Part("messages", [chunk, self._metadata(token)])
        if WHOLE in self._modes:
            if is_new:
                yield self._announcement(token, message_id)
            message = _message("ai", message_id, self._said[message_id])
            yield Part("messages/partial", [message])

    def completed(self, event: NodeCompleted) -> Iterator[Part]:
        """The whole message, when a visit of a node that speaks has ended."""
        text = event.output.get("text") if isinstance(event.output, dict) else None
        if event.node_id not in self._speaking or not isinstance(text, str):
            return
        message_id = self._id(event)
        said = self._said.pop(message_id, None)
        self._complete.add(message_id)
        was_heard = said == text  # who came in the middle of it has missed its beginning
        message = _message("ai", message_id, text)
        if TUPLES in self._modes and not was_heard:
            yield Part("messages", [message, self._metadata(event)])
        if WHOLE in self._modes:
            if said is None:
                yield self._announcement(event, message_id)
            yield Part("messages/complete", [message])

    def _announcement(self, event: NodeEvent | Token, message_id: str) -> Part:
        return Part("messages/metadata", {message_id: {"metadata": self._metadata(event)}})

    def _metadata(self, event: NodeEvent | Token) -> dict[str, Any]:
        return {
            "run_id": self._run.id,
            "thread_id": self._run.thread_id,
            "assistant_id": self._run.workflow_id,
            "langgraph_node": event.node_id,
            "langgraph_path": event.path,
            "langgraph_step": event.visit,
            "langgraph_checkpoint_ns": "",
        }

    def _id(self, event: NodeEvent | Token) -> str:
        """One message for each attempt: what a failed one said is not what the next one says."""
        place = VisitRef(
            run_id=self._run.id, node_id=event.node_id, path=event.path, visit=event.visit
        )
        return f"{visit_id(place)}-{event.attempt}"


def _message(kind: str, message_id: str, text: str) -> dict[str, Any]:
    return {
        "type": kind,
        "id": message_id,
        "content": text,
        "name": None,
        "tool_calls": [],
        "invalid_tool_calls": [],
        "additional_kwargs": {},
        "response_metadata": {},
    }
