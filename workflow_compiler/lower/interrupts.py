"""Waiting in a foreign program: LangGraph's interrupts, as in any graph."""

from __future__ import annotations

from typing import Any

from langgraph.types import interrupt

from workflow_compiler.ports import NodeContext
from workflow_compiler.waiting import HumanTask, Signal, Timer, Wait


class InterruptingWaits:
    """Stops the graph with an interrupt; `Command(resume=answer)` goes on with the answer.

    The program brings the checkpointer that interrupts need. A timer is slept through, since
    nobody would wake the graph.
    """

    async def answer(self, wait: Wait, context: NodeContext) -> Any:
        """The answer with which the program resumed the graph."""
        match wait:
            case HumanTask():
                question = {"prompt": wait.prompt, "form": wait.form, "assignee": wait.assignee}
                return interrupt({"kind": "human", "node_id": context.node_id, **question})
            case Signal():
                question = {"name": wait.name, "key": wait.key}
                return interrupt({"kind": "signal", "node_id": context.node_id, **question})
            case Timer():
                clock = context.run.clock
                left = (wait.until - clock.now()).total_seconds() if wait.until else wait.seconds
                await clock.sleep(max(0.0, left or 0.0))
                return None
