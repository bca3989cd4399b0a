"""One body of a container as LangGraph runs it, and the word of how it ended.

A body is the graph of a slot, started through a graph of one node around it, whose only work is to
write down how the body ended. So also a failure is in the checkpoint, and a run that was stopped
and goes on does not do again what it has behind it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, TypedDict

from langchain_core.runnables import RunnableConfig
from langgraph.errors import GraphBubbleUp
from langgraph.graph import START, StateGraph
from typing_extensions import override

from workflow_compiler.errors import NodeError, Origin, RunReturned
from workflow_compiler.lower.cancelling import inner_graph
from workflow_compiler.lower.failures import NodeFailedError
from workflow_compiler.lower.runnables import Async, Graph, current
from workflow_compiler.lower.schemas import every_token, first_tokens
from workflow_compiler.planning import Level, Plan
from workflow_compiler.ports import RunContext
from workflow_compiler.state import NodeRecord
from workflow_compiler.trace import BodyClosed, BodyEnd, BodyOpened, Write


class Start(TypedDict):
    """What a body begins with: a state, and which attempt of which visit of its container it is."""

    state: Mapping[str, Any]
    path: str
    visit: int
    attempt: int


class Outcome(TypedDict, total=False):
    """How a body ended: with an output, failed, or as the end of the whole run.

    Plain data, since it is part of a checkpoint.
    """

    output: Any
    writes: list[Write]
    failed: Mapping[str, Any]
    returned: list[Any]


class Ended(TypedDict):
    """The state of the graph around a body."""

    start: Start
    outcome: Outcome


def body_graph(plan: Plan, level: Level, graph: Graph) -> Graph:
    """The graph around the graph of a slot."""
    runnable = BodyRunnable(plan, level, graph)
    builder: Any = StateGraph(Ended, context_schema=RunContext)
    builder.add_node("body", runnable, input_schema=Ended)
    builder.add_edge(START, "body")
    compiled: Graph = builder.compile(name=f"{plan.name}: {runnable.name}")
    return compiled


class BodyRunnable(Async[Ended, dict[str, Outcome]]):
    """Runs the graph of a slot; what only stops a run goes through."""

    def __init__(self, plan: Plan, level: Level, graph: Graph) -> None:
        scope = plan.scopes[level.scope or 0]
        self._container = plan.nodes[scope.container or 0].id
        self.name = f"{self._container}.{scope.slot}"
        self._slot = scope.slot
        self._graph = graph
        self._fingerprint = plan.fingerprint
        self._leaves = [plan.nodes[leaf].id for leaf in scope.leaves(plan.graph)]
        self._own = frozenset(plan.nodes[node].id for node in scope.nodes)
        self._reads = level.reads
        self._entries = level.entries
        self._tokens = first_tokens(plan, level)

    @override
    async def ainvoke(
        self, input: Ended, config: RunnableConfig | None = None, **kwargs: Any
    ) -> dict[str, Outcome]:
        context, task = current(self._fingerprint, config)
        tell = partial(self._tell, context, input["start"], task)
        tell(BodyOpened, slot=self._slot)
        try:
            outcome = await self._outcome(input["start"]["state"], config, context.path)
        except GraphBubbleUp:  # it waits, so it is not over
            raise
        except BaseException:
            tell(BodyClosed, end=BodyEnd.CANCELLED)
            raise
        tell(BodyClosed, end=_end(outcome))
        return {"outcome": outcome}

    def _tell(
        self,
        context: RunContext,
        start: Start,
        task: str,
        kind: type[BodyOpened | BodyClosed],
        **what: Any,
    ) -> None:
        context.tap(
            kind(
                node_id=self._container,
                path=start["path"],
                visit=start["visit"],
                attempt=start["attempt"],
                task=task,
                at=context.clock.now(),
                body=context.path,
                **what,
            )
        )

    async def _outcome(
        self, state: Mapping[str, Any], config: RunnableConfig | None, path: str
    ) -> Outcome:
        known = {i: record for i, record in state["nodes"].items() if self._may_read(i)}
        begin = {**state, "nodes": known, **self._tokens}
        if (around := state.get("tokens")) is not None:
            begin |= every_token([*around, *self._entries])
        try:
            with inner_graph():
                end = await self._graph.ainvoke(begin, config)
        except RunReturned as returned:
            return Outcome(returned=[returned.output])
        except NodeFailedError as error:
            return _failed(error.origin)
        except NodeError as error:  # of no node: two writes that a variable cannot take together
            return _failed(Origin(type=error.type, message=error.message, node_id=None, path=path))
        return Outcome(output=self._output(end["nodes"]), writes=end["writes"])

    def _may_read(self, node_id: str) -> bool:
        return node_id not in self._own and (self._reads is None or node_id in self._reads)

    def _output(self, nodes: Mapping[str, NodeRecord]) -> Any:
        """The output of the only leaf; of several, those of the ones that completed."""
        completed = {
            leaf: nodes[leaf]["output"]
            for leaf in self._leaves
            if leaf in nodes and nodes[leaf]["status"] == "completed"
        }
        return completed.get(self._leaves[0]) if len(self._leaves) == 1 else completed


def _end(outcome: Outcome) -> BodyEnd:
    if "failed" in outcome:
        return BodyEnd.FAILED
    return BodyEnd.RETURNED if "returned" in outcome else BodyEnd.COMPLETED


def _failed(origin: Origin) -> Outcome:
    return Outcome(failed=origin.said | {"path": origin.path})
