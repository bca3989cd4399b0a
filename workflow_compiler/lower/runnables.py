"""What LangGraph runs in our name; and a region, which is a graph of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from langchain_core.runnables import Runnable, RunnableConfig
from langchain_core.runnables.config import var_child_runnable_config
from langgraph._internal._constants import CONF, CONFIG_KEY_RUNTIME
from langgraph.graph.state import CompiledStateGraph
from typing_extensions import override

from workflow_compiler.lower.cancelling import begin_outermost, inner_graph
from workflow_compiler.lower.schemas import every_token
from workflow_compiler.lower.ways import Step, Ways
from workflow_compiler.planning import Level, Plan
from workflow_compiler.ports import NoNodeCache, RunContext
from workflow_compiler.state import UNVISITED, NodeRecord, State
from workflow_compiler.steps import Steps

Graph = CompiledStateGraph[Any, RunContext, Any, Any]

Read = TypeVar("Read")
Given = TypeVar("Given")


class Async(Runnable[Read, Given]):
    """Compiled workflows have no synchronous twin."""

    @override
    def invoke(self, input: Read, config: RunnableConfig | None = None, **kwargs: Any) -> Given:
        msg = "compiled workflows are asynchronous: use ainvoke, astream or astream_events"
        raise TypeError(msg)


class WorkflowGraph(CompiledStateGraph[Any, RunContext, Any, Any]):
    """The graph of a whole workflow, which gives each of its runs what belongs to that alone."""

    def __init__(self, *, own_context: RunContext, max_steps: int, **graph: Any) -> None:
        super().__init__(**graph)
        self.own_context = own_context
        self.max_steps = max_steps

    @classmethod
    def of(cls, graph: Graph, context: RunContext, max_steps: int) -> WorkflowGraph:
        """The same graph; `context` serves runs that bring none, and lends what others lack."""
        parts = {name: part for name, part in vars(graph).items() if name != "__orig_class__"}
        return cls(own_context=context, max_steps=max_steps, **parts)

    @override
    def astream(  # everything that runs a graph comes by here
        self,
        input: Any,
        config: RunnableConfig | None = None,
        *,
        context: RunContext | Mapping[str, Any] | None = None,
        **options: Any,
    ) -> AsyncIterator[Any]:
        if isinstance(context, Mapping):
            context = RunContext(**context)
        given = context or _inherited(config) or self.own_context
        limiter = given.limiter or self.own_context.limiter
        cache = given.node_cache
        if isinstance(cache, NoNodeCache):  # a `cache` that is asked for is never silently none
            cache = self.own_context.node_cache
        context = replace(given, limiter=limiter, node_cache=cache, steps=Steps(self.max_steps))
        begin_outermost()
        # Handed on as it is: a generator around it would cost every superstep a few calls.
        return super().astream(input, config, context=context, **options)


def _inherited(config: RunnableConfig | None) -> RunContext | None:
    """The context of the run around this one, where a node of it runs this graph."""
    around: Mapping[str, Any] = (config or {}).get(CONF) or _around().get(CONF) or {}
    runtime = around.get(CONFIG_KEY_RUNTIME)
    context = runtime.context if runtime else None
    return context if isinstance(context, RunContext) else None


def _around() -> RunnableConfig:
    """The config of what this runs in; LangChain's own way to it makes a whole new one."""
    return var_child_runnable_config.get() or {}


def current(fingerprint: str, config: RunnableConfig | None) -> tuple[RunContext, str]:
    """The context of the run that a Runnable of ours finds itself in, and the name of its task.

    `config` is the one that LangGraph hands to it; to ask for it again costs more than to look.
    """
    assert config is not None, "LangGraph gives its nodes one"  # noqa: S101
    runtime = config[CONF][CONFIG_KEY_RUNTIME]
    context = runtime.context.of(fingerprint)
    return context, runtime.execution_info.checkpoint_ns if runtime.execution_info else ""


@dataclass(frozen=True, slots=True)
class Part:
    """Some nodes with a graph of their own, which gets what it reads and gives what it wrote.

    `own` are the ids of its nodes, `reads` those of all whose records they read; None for any.
    `channel` is where it reads which tokens it took, if it cares.
    """

    graph: Graph
    own: frozenset[str]
    reads: frozenset[str] | None
    channel: str | None

    @classmethod
    def of(
        cls,
        plan: Plan,
        nodes: Iterable[int],
        reads: frozenset[str] | None,
        graph: Graph,
        channel: str | None = None,
    ) -> Part:
        """These nodes of a level, in which those are read."""
        own = frozenset(plan.nodes[number].id for number in nodes)
        return cls(graph, own, None if reads is None else reads | own, channel)

    def start(self, state: State, consumed: Sequence[int] = ()) -> dict[str, Any]:
        """What its graph begins with."""
        nodes = state["nodes"]
        keep = nodes.keys() if self.reads is None else self.reads & nodes.keys()
        known = {node_id: nodes[node_id] for node_id in keep}
        start = {"input": state["input"], "vars": state["vars"], "nodes": known}
        if (tokens := state.get("tokens")) is not None:
            start |= every_token(tokens)
        return start if self.channel is None else {**start, self.channel: consumed}

    def visited(
        self, before: Mapping[str, NodeRecord], after: Mapping[str, NodeRecord]
    ) -> dict[str, NodeRecord]:
        """The records of those that were visited in between."""
        return {i: after[i] for i in self.own if _is_newer(i, after, before)}


class RegionRunnable(Async[State, Step]):
    """A region: hands its graph what it reads, and hands on what was written in it."""

    def __init__(self, plan: Plan, level: Level, ways: Ways, graph: Graph) -> None:
        self.name = f"region {level.number}"
        self._part = Part.of(plan, level.nodes, level.reads, graph)
        self._ways = ways

    @override
    async def ainvoke(
        self, input: State, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Step:
        with inner_graph():
            end = await self._part.graph.ainvoke(self._part.start(input), config)
        nodes = self._part.visited(input["nodes"], end["nodes"])
        return self._ways.step(nodes, end["writes"], end["left"])


def _is_newer(
    node_id: str, after: Mapping[str, NodeRecord], before: Mapping[str, NodeRecord]
) -> bool:
    visits = [nodes.get(node_id, UNVISITED)["visit"] for nodes in (before, after)]
    return bool(visits[1] > visits[0])
