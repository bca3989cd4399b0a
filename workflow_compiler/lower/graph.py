"""Builds the LangGraph graphs of a plan: one for the workflow, one for each region in it.

Nodes are `Runnable`s with a declared input schema, which spares LangGraph the inspection of their
signatures and type hints; they route by what they write, which costs no event and no branch.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
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
from workflow_compiler.lower.routing import fixed_routing
from workflow_compiler.lower.runnables import Graph, Part, RegionRunnable, WorkflowGraph
from workflow_compiler.lower.schemas import (
    CONSUMED,
    TOKENS,
    LevelSchemas,
    Schemas,
    first_tokens,
    merge_variables,
    token_channel,
)
from workflow_compiler.lower.tokens import TokensRunnable
from workflow_compiler.lower.ways import Outlets, Ways
from workflow_compiler.lower.writing import starting, write_steps
from workflow_compiler.planning import Level, Member, Plan, PlannedNode
from workflow_compiler.ports import NOTHING, RunContext
from workflow_compiler.reducers import reduce_variables
from workflow_compiler.state import Outlook
from workflow_compiler.topology import Board, Pace

_UNSAFE = re.compile(r"[|:]|^__|^(join|node|region)~|^(input|vars|nodes|tokens|writes|left)$")


def lower(plan: Plan, context: RunContext) -> Graph:
    """The compiled graph of a plan.

    `context` serves runs of foreign programs that bring none of their own.
    """
    context = replace(context, limiter=context.limiter or run_limiter(plan))
    whole = WorkflowGraph.of(_Lowering(plan).graph(), context, plan.limits.max_steps)
    return whole.with_config(run_config(plan))


def initial_state(
    plan: Plan, run_input: Mapping[str, Any], variables: Mapping[str, Any] = NOTHING
) -> dict[str, Any]:
    """What a run starts from: input, variables, the first tokens of joins that must see them."""
    state: dict[str, Any] = {"input": dict(run_input), "vars": dict(variables), "nodes": {}}
    return state | first_tokens(plan, plan.levels[0])


def run_config(plan: Plan) -> RunnableConfig:
    """A bound in LangGraph's words that no run meets: it has no more supersteps than visits.

    LangGraph counts the step that finds nothing to do as well.
    """
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


class _Lowering:
    """Lowers the levels of one plan, the inner ones first; what they share is made once."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._graphs: dict[int, Graph] = {}
        self._schemas = Schemas(plan)
        self._merge = merge_variables(plan.variables)
        self._reduce = partial(reduce_variables, plan.variables)
        self._defaults = {name: variable.default for name, variable in plan.variables.items()}
        self._outlook = Outlook.of(plan.graph, plan.swallowers, [node.id for node in plan.nodes])

    def graph(self) -> Graph:
        """The graph of the whole workflow."""
        for level in reversed(self._plan.levels):
            graph = self._level(level)
            if level.scope is not None and level.number > 0:
                graph = body_graph(self._plan, level, graph)
            self._graphs[level.number] = graph
        return self._graphs[0]

    def _level(self, level: Level) -> Graph:
        match level.pace:
            case Pace.SUPERSTEPS:
                return self._in_supersteps(level)
            case Pace.TOKENS:
                return self._by_tokens(level)

    def _in_supersteps(self, level: Level) -> Graph:
        plan, schemas = self._plan, self._schemas.of(level)
        builder = _builder(schemas)
        names = _Names(plan, level)
        for member in level.members:
            leaving = _leaving(plan, member)
            outlets, channel = self._outlets(member, names, leaving), names.channel(member)
            ways = self._ways(member, outlets, channel, inner=level.number > 0)
            builder.add_node(
                node_name(plan, member),
                self._runnable(member, ways),
                input_schema=schemas.of(member.node),
                metadata=_metadata(plan, member),
                destinations=names.of_all(target for _, target in leaving),
            )
        for entry in level.entries:
            target = plan.graph.edges[entry][1]
            if not names.is_inclusive(target):
                builder.add_edge(START, names.of(target))
        return self._tuned(builder.compile(name=self._name(level)), level, names)

    def _tuned(self, graph: Graph, level: Level, names: _Names) -> Graph:
        """Let every inclusive join be triggered by its tokens, and all nodes write our way.

        Neither is part of LangGraph's public API; tests pin what we rely on.
        """
        for member in level.members:
            name = node_name(self._plan, member)
            ends = (target for _, target in _leaving(self._plan, member))
            write_steps(graph, name, names.of_all(ends))
            if (channel := names.channel(member)) is not None:
                graph.nodes[name].triggers.append(channel)
        graph.validate()
        return graph

    def _by_tokens(self, level: Level) -> Graph:
        """A graph of one node, in which those of the level run in graphs of their own."""
        plan, schemas = self._plan, self._schemas.of(level)
        parts = [self._part(level, member) for member in level.members]
        board = Board(plan.graph, plan.joins, [m.nodes for m in level.members], level.entries)
        runnable = TokensRunnable(plan, level, board, parts, self._reduce)
        builder = _builder(schemas)
        builder.add_node(runnable.name, runnable, input_schema=schemas.read)
        builder.add_edge(START, runnable.name)
        compiled: Graph = builder.compile(name=self._name(level))
        return compiled

    def _part(self, level: Level, member: Member) -> Part:
        if member.node is None:
            region = self._graphs[member.level or 0]
            return Part.of(self._plan, member.nodes, level.reads, region)
        graph = self._alone(member, member.node)
        return Part.of(self._plan, member.nodes, level.reads, graph, CONSUMED)

    def _alone(self, member: Member, node: int) -> Graph:
        """The graph of one node, which is left by all edges that the node takes."""
        plan, schemas, name = self._plan, self._schemas.alone, node_name(self._plan, member)
        outlets = Outlets({}, frozenset(plan.graph.outgoing[node]), ())
        runnable = self._runnable(member, self._ways(member, outlets, CONSUMED, inner=True))
        builder = _builder(schemas)
        builder.add_node(
            name, runnable, input_schema=schemas.read, metadata=_metadata(plan, member)
        )
        builder.add_edge(START, name)
        compiled: Graph = builder.compile(name=f"{plan.name}: {plan.nodes[node].id}")
        return compiled

    def _name(self, level: Level) -> str:
        name = self._plan.name
        return name if level.number == 0 else f"{name}: region {level.number}"

    def _outlets(
        self, member: Member, names: _Names, leaving: Sequence[tuple[int, int]]
    ) -> Outlets:
        return Outlets(
            targets={
                edge: starting(names.of(target))
                for edge, target in leaving
                if names.has(target) and not names.is_inclusive(target)
            },
            exits=frozenset(edge for edge, target in leaving if not names.has(target)),
            reports=tuple(
                (TOKENS if report.join is None else token_channel(report.join), report)
                for report in member.reports
            ),
        )

    def _ways(self, member: Member, outlets: Outlets, channel: str | None, *, inner: bool) -> Ways:
        plan, node = self._plan, member.node
        fixed = None if node is None else fixed_routing(plan.nodes[node].routes)
        return Ways(
            incoming=() if node is None else plan.graph.incoming[node],
            channel=channel,
            outlets=outlets,
            fixed=fixed,
            usual=None if fixed is None else outlets.passing(fixed.taken),
            inner=inner,
            defaults=self._defaults,
            reduce=self._reduce,
            outlook=self._outlook,
        )

    def _runnable(self, member: Member, ways: Ways) -> NodeRunnable | RegionRunnable:
        plan = self._plan
        if member.node is not None:
            node = plan.nodes[member.node]
            slots = self._slots(node) if node.type.slots else None
            return NodeRunnable(node, ways, plan.fingerprint, slots)
        level = plan.levels[member.level or 0]
        return RegionRunnable(plan, level, ways, self._graphs[level.number])

    def _slots(self, node: PlannedNode) -> Slots:
        """The graphs of a container's slots; None for one that nobody put a node into."""
        plan = self._plan
        filled = {
            plan.scopes[number].slot: self._graphs[plan.bodies[number]]
            for number in plan.slots[node.number]
        }
        own = {slot.name: filled.get(slot.name) for slot in node.type.slots}
        return Slots(own, self._merge)


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

    def of_all(self, nodes: Iterable[int]) -> tuple[str, ...]:
        """The members that these nodes are in, as far as they are in the level at all."""
        return tuple(dict.fromkeys(self._names[node] for node in nodes if node in self._names))

    def is_inclusive(self, node: int) -> bool:
        """Whether the node is an inclusive join of this level."""
        return node in self._inclusive

    def channel(self, member: Member) -> str | None:
        """Where a member reads which tokens it took, if it had a choice."""
        node = member.node
        return token_channel(node) if node is not None and self.is_inclusive(node) else None

    def has(self, node: int) -> bool:
        """Whether the node is in this level."""
        return node in self._names


def _builder(schemas: LevelSchemas) -> Any:
    return StateGraph(
        schemas.whole,
        context_schema=RunContext,
        input_schema=schemas.whole,
        output_schema=schemas.result,
    )


def _leaving(plan: Plan, member: Member) -> list[tuple[int, int]]:
    """The edges that lead out of a member, and the nodes that they lead to."""
    graph = plan.graph
    if member.node is not None:
        return [(edge, graph.edges[edge][1]) for edge in graph.outgoing[member.node]]
    edges = (edge for node in sorted(member.nodes) for edge in graph.outgoing[node])
    ends = ((edge, graph.edges[edge][1]) for edge in edges)
    return [(edge, target) for edge, target in ends if target not in member.nodes]


def _metadata(plan: Plan, member: Member) -> dict[str, Any] | None:
    return None if member.node is None else {"workflow_node_id": plan.nodes[member.node].id}
