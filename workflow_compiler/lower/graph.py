"""Builds the LangGraph graphs of a plan: one for the workflow, one for each region in it.

Nodes are `Runnable`s with a declared input schema, which spares LangGraph the inspection of their
signatures and type hints; they route with `Command(goto)`, which costs no event and no branch.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from functools import partial
from typing import Any

import anyio
from langchain_core.runnables import RunnableConfig
from langgraph.graph import START, StateGraph

from workflow_compiler.lower.bodies import Slots
from workflow_compiler.lower.body import body_graph
from workflow_compiler.lower.node import NodeRunnable
from workflow_compiler.lower.runnables import Graph, RegionRunnable
from workflow_compiler.lower.schemas import Schemas, first_tokens, merge_variables, token_channel
from workflow_compiler.lower.ways import Ways
from workflow_compiler.planning import Level, Member, Plan, PlannedNode
from workflow_compiler.ports import NOTHING, RunContext
from workflow_compiler.reducers import reduce_variables

_UNSAFE = re.compile(r"[|:]|^__|^(join|node|region)~|^(input|vars|nodes|writes|left)$")


def lower(plan: Plan, context: RunContext) -> Graph:
    """The compiled graph of a plan.

    `context` serves runs of foreign programs that bring none of their own.
    """
    graphs: dict[int, Graph] = {}
    context = replace(context, limiter=context.limiter or run_limiter(plan))
    for level in reversed(plan.levels):
        graph = _graph(plan, level, graphs, context)
        is_body = level.scope is not None and level.number > 0
        graphs[level.number] = body_graph(plan, level, graph, context) if is_body else graph
    return graphs[0].with_config(run_config(plan))


def initial_state(
    plan: Plan, run_input: Mapping[str, Any], variables: Mapping[str, Any] = NOTHING
) -> dict[str, Any]:
    """What a run starts from: input, variables, the first tokens of joins that must see them."""
    state: dict[str, Any] = {"input": dict(run_input), "vars": dict(variables), "nodes": {}}
    return state | first_tokens(plan, plan.levels[0])


def run_config(plan: Plan) -> RunnableConfig:
    """The bounds of a run in LangGraph's words, which counts the step that finds nothing to do."""
    return RunnableConfig(recursion_limit=plan.limits.max_steps + 1)


def run_limiter(plan: Plan) -> AbstractAsyncContextManager[object]:
    """A bound for the nodes of one run that are at work at once.

    LangGraph's own `max_concurrency` counts in each graph apart, and counts a region as one node.
    """
    return anyio.Semaphore(plan.limits.max_concurrency, fast_acquire=True)


def node_name(plan: Plan, member: Member) -> str:
    """What LangGraph calls a member: the node's id, unless LangGraph reserves that."""
    if member.node is None:
        return f"region~{member.level}"
    node_id = plan.nodes[member.node].id
    return f"node~{member.node}" if _UNSAFE.search(node_id) else node_id


def _graph(plan: Plan, level: Level, inner: Mapping[int, Graph], context: RunContext) -> Graph:
    schemas = Schemas(plan, level)
    builder: Any = StateGraph(
        schemas.whole,
        context_schema=RunContext,
        input_schema=schemas.whole,
        output_schema=schemas.result,
    )
    names = _Names(plan, level)
    for member in level.members:
        ways = _ways(plan, level, member, names)
        builder.add_node(
            node_name(plan, member),
            _runnable(plan, member, ways, inner, context),
            input_schema=schemas.of(member.node),
            metadata=_metadata(plan, member),
            destinations=tuple(dict.fromkeys(names.targets(member))),
        )
    for entry in level.entries:
        target = plan.graph.edges[entry][1]
        if not names.is_inclusive(target):
            builder.add_edge(START, names.of(target))
    name = plan.name if level.number == 0 else f"{plan.name}: region {level.number}"
    return _with_triggers(builder.compile(name=name), plan, level)


class _Names:
    """Which LangGraph node of a level holds which node of the workflow."""

    def __init__(self, plan: Plan, level: Level) -> None:
        self._plan = plan
        self._names = {n: node_name(plan, m) for m in level.members for n in m.nodes}
        own = {member.node for member in level.members}
        self._inclusive = frozenset(join for join in plan.joins if join in own)

    def of(self, node: int) -> str:
        """The member that the node is in."""
        return self._names[node]

    def is_inclusive(self, node: int) -> bool:
        """Whether the node is an inclusive join of this level."""
        return node in self._inclusive

    def has(self, node: int) -> bool:
        """Whether the node is in this level."""
        return node in self._names

    def targets(self, member: Member) -> list[str]:
        """The members that a member's edges lead to."""
        targets = (self._plan.graph.edges[edge][1] for edge in _leaving(self._plan, member))
        return [self.of(target) for target in targets if self.has(target)]


def _leaving(plan: Plan, member: Member) -> list[int]:
    graph = plan.graph
    edges = (edge for node in sorted(member.nodes) for edge in graph.outgoing[node])
    if member.node is not None:
        return list(edges)
    return [edge for edge in edges if graph.edges[edge][1] not in member.nodes]


def _ways(plan: Plan, level: Level, member: Member, names: _Names) -> Ways:
    edges = [(edge, plan.graph.edges[edge][1]) for edge in _leaving(plan, member)]
    node = member.node
    return Ways(
        incoming=() if node is None else plan.graph.incoming[node],
        channel=token_channel(node) if node is not None and names.is_inclusive(node) else None,
        targets={
            edge: names.of(target)
            for edge, target in edges
            if names.has(target) and not names.is_inclusive(target)
        },
        exits=frozenset(edge for edge, target in edges if not names.has(target)),
        reports=tuple((token_channel(report.join), report) for report in member.reports),
        inner=level.number > 0,
        defaults={name: variable.default for name, variable in plan.variables.items()},
        reduce=partial(reduce_variables, plan.variables),
    )


def _runnable(
    plan: Plan, member: Member, ways: Ways, inner: Mapping[int, Graph], context: RunContext
) -> NodeRunnable | RegionRunnable:
    if member.node is not None:
        node = plan.nodes[member.node]
        slots = _slots(plan, node, inner) if node.type.slots else None
        return NodeRunnable(node, ways, context, plan.fingerprint, slots)
    level = plan.levels[member.level or 0]
    return RegionRunnable(plan, level, ways, inner[level.number])


def _slots(plan: Plan, node: PlannedNode, graphs: Mapping[int, Graph]) -> Slots:
    """The graphs of a container's slots; None for one that nobody put a node into."""
    filled = {
        plan.scopes[number].slot: graphs[plan.bodies[number]] for number in plan.slots[node.number]
    }
    own = {slot.name: filled.get(slot.name) for slot in node.type.slots}
    return Slots(own, merge_variables(plan.variables))


def _metadata(plan: Plan, member: Member) -> dict[str, Any] | None:
    return None if member.node is None else {"workflow_node_id": plan.nodes[member.node].id}


def _with_triggers(graph: Graph, plan: Plan, level: Level) -> Graph:
    """Let every inclusive join be triggered by its tokens.

    A compiled node's triggers are not part of LangGraph's public API; a test pins what we rely on.
    """
    for member in level.members:
        if member.node is not None and member.node in plan.joins:
            graph.nodes[node_name(plan, member)].triggers.append(token_channel(member.node))
    graph.validate()
    return graph
