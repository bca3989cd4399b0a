"""A node of the workflow as LangGraph runs it."""

from __future__ import annotations

from functools import partial
from typing import Any

from langchain_core.runnables import RunnableConfig
from typing_extensions import override

from workflow_compiler.lower.bodies import RunningBodies, Slots
from workflow_compiler.lower.runnables import Async, current
from workflow_compiler.lower.visit import Visit
from workflow_compiler.lower.ways import Step, Ways
from workflow_compiler.planning import PlannedNode
from workflow_compiler.state import State


class NodeRunnable(Async[State, Step]):
    """A planned node as LangGraph runs it."""

    def __init__(
        self,
        node: PlannedNode,
        ways: Ways,
        fingerprint: str,
        slots: Slots | None,
    ) -> None:
        self.name = node.id
        self._fingerprint = fingerprint
        self._node = node
        self._ways = ways
        self._slots = slots

    @override
    async def ainvoke(
        self, input: State, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Step:
        context, task = current(self._fingerprint, config)
        bodies = (
            partial(RunningBodies, slots=self._slots, config=config or {}) if self._slots else None
        )
        return await Visit(self._node, self._ways, input, context, task, bodies).run()
