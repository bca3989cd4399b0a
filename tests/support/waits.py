"""Waits inside the library: answers that are known beforehand, and moments that come at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workflow_compiler import NodeError
from workflow_compiler.errors import ErrorType
from workflow_compiler.ports import NodeContext
from workflow_compiler.waiting import HumanTask, Signal, Timer, Wait


@dataclass(frozen=True)
class AnsweredWaits:
    """The answers by node; to a node that is not among them nobody answers in time."""

    answers: Mapping[str, Any]

    async def answer(self, wait: Wait, context: NodeContext) -> Any:
        if context.node_id in self.answers:
            return self.answers[context.node_id]
        match wait:
            case Timer():
                return None
            case HumanTask():
                raise NodeError(ErrorType.TIMEOUT, "nobody answered in time")
            case Signal(name=name):
                raise NodeError(ErrorType.TIMEOUT, f"no signal {name!r} came in time")
