"""What LangGraph runs: a node of the workflow, or a region that is a graph of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from langchain_core.runnables import Runnable, RunnableConfig
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import get_runtime
from langgraph.types import Command
from typing_extensions import override

from workflow_compiler.lower.visit import Visit
from workflow_compiler.lower.ways import Ways
from workflow_compiler.planning import Level, Plan, PlannedNode
from workflow_compiler.ports import RunContext
from workflow_compiler.state import UNVISITED, NodeRecord, State

Graph = CompiledStateGraph[Any, RunContext, Any, Any]


class _Async(Runnable[State, Command[Any]]):
    """Compiled workflows have no synchronous twin."""

    @override
    def invoke(
        self, input: State, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Command[Any]:
        msg = "compiled workflows are asynchronous: use ainvoke, astream or astream_events"
        raise TypeError(msg)


class NodeRunnable(_Async):
    """A planned node as LangGraph runs it."""

    def __init__(
        self, node: PlannedNode, ways: Ways, context: RunContext, fingerprint: str
    ) -> None:
        self.name = node.id
        self._fingerprint = fingerprint
        self._node = node
        self._ways = ways
        self._context = context

    @override
    async def ainvoke(
        self, input: State, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Command[Any]:
        runtime = get_runtime(RunContext)
        given: RunContext | None = runtime.context
        context = (given or self._context).of(self._fingerprint)
        if context.limiter is None:
            context = replace(context, limiter=self._context.limiter)
        task = runtime.execution_info.checkpoint_ns if runtime.execution_info else ""
        return await Visit(self._node, self._ways, input, context, task).run()


class RegionRunnable(_Async):
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
    ) -> Command[Any]:
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
