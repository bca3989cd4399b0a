"""What LangGraph runs in our name; and a region, which is a graph of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

from langchain_core.runnables import Runnable, RunnableConfig
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import get_runtime
from typing_extensions import override

from workflow_compiler.lower.ways import Step, Ways
from workflow_compiler.planning import Level, Plan
from workflow_compiler.ports import RunContext
from workflow_compiler.state import UNVISITED, NodeRecord, State

Graph = CompiledStateGraph[Any, RunContext, Any, Any]


Read = TypeVar("Read")
Given = TypeVar("Given")


class Async(Runnable[Read, Given]):
    """Compiled workflows have no synchronous twin."""

    @override
    def invoke(self, input: Read, config: RunnableConfig | None = None, **kwargs: Any) -> Given:
        msg = "compiled workflows are asynchronous: use ainvoke, astream or astream_events"
        raise TypeError(msg)


def current(default: RunContext, fingerprint: str) -> tuple[RunContext, str]:
    """The context of the run that a Runnable of ours finds itself in, and the name of its task.

    `default` serves runs that bring none, and lends its limiter to those that have none.
    """
    runtime = get_runtime(RunContext)
    given: RunContext | None = runtime.context
    context = (given or default).of(fingerprint)
    if context.limiter is None:
        context = replace(context, limiter=default.limiter)
    return context, runtime.execution_info.checkpoint_ns if runtime.execution_info else ""


class RegionRunnable(Async[State, Step]):
    """A region: hands its graph what it reads, and hands on what was written in it."""

    def __init__(self, plan: Plan, level: Level, ways: Ways, graph: Graph) -> None:
        self.name = f"region {level.number}"
        self._graph = graph
        self._ways = ways
        self._own = frozenset(plan.nodes[number].id for number in level.nodes)
        self._reads = None if level.reads is None else level.reads | self._own

    @override
    async def ainvoke(
        self, input: State, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Step:
        before = input["nodes"]
        start = {"input": input["input"], "vars": input["vars"], "nodes": self._known(before)}
        end = await self._graph.ainvoke(start, config)
        visited = {node_id for node_id in self._own if _is_newer(node_id, end["nodes"], before)}
        nodes = {node_id: end["nodes"][node_id] for node_id in visited}
        return self._ways.command(nodes, end["writes"], end["left"])

    def _known(self, nodes: Mapping[str, NodeRecord]) -> dict[str, NodeRecord]:
        if self._reads is None:
            return dict(nodes)
        return {node_id: nodes[node_id] for node_id in self._reads & nodes.keys()}


def _is_newer(
    node_id: str, after: Mapping[str, NodeRecord], before: Mapping[str, NodeRecord]
) -> bool:
    visits = [nodes.get(node_id, UNVISITED)["visit"] for nodes in (before, after)]
    return bool(visits[1] > visits[0])
