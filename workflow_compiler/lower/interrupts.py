"""Waiting in a foreign program: LangGraph's interrupts, as in any graph."""

from __future__ import annotations

from typing import Any

from langgraph.types import interrupt

from workflow_compiler.json_schema import mismatches
from workflow_compiler.ports import NodeContext
from workflow_compiler.waiting import HumanTask, Signal, Timer, Wait


class InterruptingWaits:
    """Stops the graph with an interrupt; `Command(resume=answer)` goes on with the answer.

    The program brings the checkpointer that interrupts need. A timer is slept through, since
    nobody would wake the graph.
    """

    async def answer(self, wait: Wait, context: NodeContext) -> Any:
        """The answer with which the program resumed; one that breaks a form is asked for again."""
        match wait:
            case HumanTask():
                return _asked(wait, context.node_id)
            case Signal():
                question = {"name": wait.name, "key": wait.key}
                return interrupt({"kind": "signal", "node_id": context.node_id, **question})
            case Timer():
                clock = context.run.clock
                left = (wait.until - clock.now()).total_seconds() if wait.until else wait.seconds
                await clock.sleep(max(0.0, left or 0.0))
                return None


def _asked(task: HumanTask, node_id: str) -> Any:
    question = {"prompt": task.prompt, "form": task.form, "assignee": task.assignee}
    problems: list[str] = []
    while True:
        asked = {"kind": "human", "node_id": node_id, **question, "problems": problems}
        answer = interrupt(asked)
        found = mismatches(task.form, answer)
        if not found:
            return answer
        problems = [f"{wrong.pointer or '/'}: {wrong.message}" for wrong in found]
