"""The plan: every decision of the compiler, as frozen data.

`make_plan` takes the decisions; lowering carries them out without thinking. Nodes and edges are
numbered; the numbers are those of the plan's graph.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Final

from workflow_compiler.binding import BoundConfig, BoundValue
from workflow_compiler.checks import BoundNode, Subject
from workflow_compiler.definition import Edge, Join, Limits, Node, NodeDefaults, Retry, Variable
from workflow_compiler.expressions import Expression
from workflow_compiler.fingerprint import fingerprint
from workflow_compiler.registry import NodeType, Work
from workflow_compiler.topology import (
    Graph,
    JoinRule,
    Late,
    Pace,
    Scope,
    Shared,
    Terrain,
    Track,
    pace_of,
    regions_of,
    shared_branches,
)
from workflow_compiler.trace import EdgeKind

NO_RETRY = Retry()

MAX_NESTING = 64
"""Regions in regions; what is deeper runs in supersteps, since each more looks at all it holds."""


class Strategy(StrEnum):
    """How a node learns that it may fire.

    `single`: it has one incoming edge. `direct`: no two tokens can ever be on their way to it, so
    it fires on whatever arrives. `inclusive`: it waits on a token channel.
    """

    SINGLE = "single"
    DIRECT = "direct"
    INCLUSIVE = "inclusive"


@dataclass(frozen=True, slots=True)
class PlannedEdge:
    """One edge: what it is called, where it leads, and what opens it."""

    id: str
    source: int
    target: int
    kind: EdgeKind
    handle: str | None
    condition: str | None


@dataclass(frozen=True, slots=True)
class PlannedCase:
    """Edges that are taken when an expression holds."""

    handle: str
    expression: Expression
    edges: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """Edges that are taken when the behaviour leaves by their handle."""

    handle: str
    edges: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Routes:
    """The ways out of a node.

    `plain` edges are always taken; of the `choices`, the one with the handle that the behaviour
    chose; of the `cases`, all that hold or only the `first`; `default` when none of all these;
    `error` when the node failed. `required`: no way at all is a failure.
    """

    plain: tuple[int, ...]
    cases: tuple[PlannedCase, ...]
    default: tuple[int, ...]
    default_handle: str | None
    error: tuple[int, ...]
    first: bool
    required: bool
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class PlannedNode:
    """One node with all that lowering needs to know of it.

    Attributes:
        timeout_seconds: How long an attempt may take; None for as long as it needs.
        timer_seconds: When a timer stops an attempt; None where none could, since computing never
            lets go of the event loop.
        cache_seconds: How old a result may be that is used again; None where none is.
    """

    number: int
    id: str
    label: str
    type: NodeType
    config: BoundConfig
    timeout_seconds: float | None
    timer_seconds: float | None
    cache_seconds: float | None
    retry: Retry
    routes: Routes
    strategy: Strategy
    join: Join


@dataclass(frozen=True, slots=True)
class Report:
    """What one member of a level tells one join: those of its edges that the join must know."""

    join: int
    consumes: tuple[int, ...]
    may_take: frozenset[int]


@dataclass(frozen=True, slots=True)
class Member:
    """One node of a LangGraph graph: a node of the workflow, or a region that is a graph itself.

    Attributes:
        node: The number of the workflow's node; None for a region.
        level: The number of the region's own level; None for a node.
        nodes: The workflow's nodes in it.
        reports: What it tells the inclusive joins of its level.
    """

    node: int | None
    level: int | None
    nodes: frozenset[int]
    reports: tuple[Report, ...]


@dataclass(frozen=True, slots=True)
class Level:
    """What becomes one LangGraph graph: a scope (level 0 is the whole workflow), or a region of it.

    Attributes:
        scope: The scope whose body it is; None for a region.
        nodes: The workflow's nodes in it, those of its regions included.
        members: Its own nodes and regions.
        entries: The edges that bring its first tokens.
        reads: The nodes whose records its own nodes read, beside their own; None for all.
        shared: The parallel branches in it that wait for the world and share its supersteps, so
            that each of their steps waits for the slowest.
        pace: How its members follow each other.
        late: The `any` joins among them that should not wait for a superstep's end, and do.
    """

    number: int
    scope: int | None
    nodes: frozenset[int]
    members: tuple[Member, ...]
    entries: tuple[int, ...]
    reads: frozenset[str] | None
    shared: tuple[Shared, ...]
    pace: Pace
    late: tuple[Late, ...]


@dataclass(frozen=True)
class Plan:
    """A definition, compiled as far as it goes without LangGraph."""

    name: str
    fingerprint: str
    nodes: tuple[PlannedNode, ...]
    edges: tuple[PlannedEdge, ...]
    graph: Graph
    scopes: tuple[Scope, ...]
    joins: Mapping[int, JoinRule]
    levels: tuple[Level, ...]
    variables: Mapping[str, Variable]
    output: Mapping[str, BoundValue] | None
    limits: Limits
    input_schema: Mapping[str, object]

    @cached_property
    def slots(self) -> Mapping[int, Sequence[int]]:
        """For each container, the numbers of those of its slots that have nodes in them."""
        return _slots(self.scopes)

    @cached_property
    def bodies(self) -> Mapping[int, int]:
        """For each scope, the number of its level."""
        return {level.scope: level.number for level in self.levels if level.scope is not None}

    def slots_of(self, container: int) -> Iterator[Scope]:
        """The slots of a container that have nodes in them."""
        return (self.scopes[number] for number in self.slots.get(container, ()))


SLOW: Final = frozenset(Work) - {Work.COMPUTING}
"""The kinds of work that keep others waiting; where visits can be stopped, all of them do."""


def make_plan(subject: Subject, slow: Collection[Work] = SLOW) -> Plan:
    """Take every decision about a sound definition; nothing waits for `slow` nodes beside it."""
    graph, definition = subject.graph, subject.definition
    joins = subject.joins
    waits = {n for n, node in enumerate(subject.nodes) if node.type and node.type.work in slow}
    terrain = Terrain(graph, subject.alternatives, joins, waits, subject.certain.loose)
    anys = frozenset(join for join, rule in joins.items() if rule.is_any)
    track = Track(graph, anys, waits, subject.certain.again)
    return Plan(
        name=definition.name,
        fingerprint=fingerprint(definition, subject.registry),
        nodes=tuple(
            _planned_node(subject, number, bound, joins)
            for number, bound in enumerate(subject.nodes)
        ),
        edges=tuple(
            _planned_edge(subject, number, edge_id)
            for number, edge_id in enumerate(_edge_ids(subject))
        ),
        graph=graph,
        scopes=subject.scopes,
        joins=joins,
        levels=tuple(_levels(subject, terrain, track)),
        variables=definition.variables,
        output=subject.output,
        limits=definition.limits,
        input_schema=definition.input_schema,
    )


def _planned_node(
    subject: Subject,
    number: int,
    bound: BoundNode,
    joins: Mapping[int, JoinRule],
) -> PlannedNode:
    assert bound.type is not None, "checked"  # noqa: S101
    assert bound.config is not None, "checked"  # noqa: S101
    node = bound.node
    defaults = NodeDefaults() if bound.type.slots else subject.definition.defaults
    timeout = _timeout(node, bound.type, defaults)
    return PlannedNode(
        number=number,
        id=node.id,
        label=node.name or node.id,
        type=bound.type,
        config=bound.config,
        timeout_seconds=timeout,
        timer_seconds=None if bound.type.work is Work.COMPUTING else timeout,
        cache_seconds=_cache_seconds(node, bound.type),
        retry=(node.retry or defaults.retry or NO_RETRY) if bound.type.retried else NO_RETRY,
        routes=_routes(bound),
        strategy=_strategy(subject.graph, number, joins),
        join=node.join,
    )


def _timeout(node: Node, node_type: NodeType, defaults: NodeDefaults) -> float | None:
    own = node.timeout_seconds or node_type.timeout_seconds
    if node_type.work is Work.WAITING:
        return own  # what holds for every node holds for those that it waits for
    return own or defaults.timeout_seconds or node_type.default_timeout_seconds


def _cache_seconds(node: Node, node_type: NodeType) -> float | None:
    """Remembering what is computed at once, or is done by others, is not worth it."""
    return node.cache.ttl_seconds if node.cache and node_type.work is Work.IO else None


def _routes(bound: BoundNode) -> Routes:
    return Routes(
        plain=bound.plain,
        choices=tuple(Choice(choice.handle, choice.edges) for choice in bound.choices),
        cases=tuple(
            PlannedCase(case.handle, case.expression, case.edges)
            for case in bound.cases
            if case.expression is not None
        ),
        default=bound.default,
        default_handle=bound.default_handle,
        error=bound.error,
        first=bound.first,
        required=bound.required,
    )


def _strategy(graph: Graph, number: int, joins: Mapping[int, JoinRule]) -> Strategy:
    if number in joins:
        return Strategy.INCLUSIVE
    return Strategy.SINGLE if len(graph.incoming[number]) <= 1 else Strategy.DIRECT


def _levels(subject: Subject, terrain: Terrain, track: Track) -> Iterator[Level]:
    """The whole workflow, then what is in it: its regions, the slots of its containers, theirs."""
    slots = _slots(subject.scopes)
    top = subject.scopes[0]
    waiting: deque[_Waiting] = deque([(0, top.nodes, top.entries, 0)])
    count = 1
    for number in itertools.count():
        if not waiting:
            return
        scope, nodes, entries, depth = waiting.popleft()
        regions = regions_of(terrain, nodes) if depth < MAX_NESTING else []
        inner = frozenset(node for region in regions for node in region.nodes)
        own = sorted(nodes - inner)
        parts = [*(frozenset({node}) for node in own), *(region.nodes for region in regions)]
        reports = _reports(terrain, parts)
        levels = [None] * len(own) + list(range(count, count + len(regions)))
        waiting.extend((None, region.nodes, (region.entry,), depth + 1) for region in regions)
        bodies = [(n, subject.scopes[n]) for node in own for n in slots.get(node, ())]
        waiting.extend((n, body.nodes, body.entries, depth + 1) for n, body in bodies)
        count += len(regions) + len(bodies)
        members = tuple(
            Member(min(part) if level is None else None, level, part, told)
            for part, level, told in zip(parts, levels, reports, strict=True)
        )
        pace, late = pace_of(track, own)
        shared = shared_branches(terrain, nodes, regions) if pace is Pace.SUPERSTEPS else ()
        yield Level(
            number=number,
            scope=scope,
            nodes=nodes,
            members=members,
            entries=entries,
            reads=_reads(subject, nodes, slots),
            shared=tuple(shared),
            pace=pace,
            late=late,
        )


_Waiting = tuple[int | None, frozenset[int], tuple[int, ...], int]
"""A level to come: its scope if it is one, its nodes, the edges that enter it, how deep it is."""


def _slots(scopes: Sequence[Scope]) -> Mapping[int, list[int]]:
    """For each container, the scopes that are its slots."""
    slots: dict[int, list[int]] = {}
    for number, scope in enumerate(scopes):
        if scope.container is not None:
            slots.setdefault(scope.container, []).append(number)
    return slots


def _reports(terrain: Terrain, parts: Sequence[frozenset[int]]) -> list[tuple[Report, ...]]:
    """What each part must tell: those at either end of an edge that a join among them must know."""
    part_of = {node: number for number, part in enumerate(parts) for node in part}
    knowing: dict[int, list[int]] = {}
    for part in parts:
        join = min(part)
        if len(part) == 1 and (rule := terrain.joins.get(join)):
            for edge in rule.relevant:
                knowing.setdefault(edge, []).append(join)
    consumed: list[list[int]] = [[] for _ in parts]
    taken: list[list[int]] = [[] for _ in parts]
    for edge in sorted(knowing):
        source, target = (part_of.get(end) for end in terrain.graph.edges[edge])
        if source == target and len(parts[source or 0]) > 1:  # nobody outside can see it
            continue
        if target is not None:
            consumed[target].append(edge)
        if source is not None:
            taken[source].append(edge)
    return [
        _reports_of(terrain.joins.get(min(part)), min(part), knowing, *edges)
        for part, *edges in zip(parts, consumed, taken, strict=True)
    ]


def _reports_of(
    rule: JoinRule | None,
    own: int,
    knowing: Mapping[int, Sequence[int]],
    consumed: Sequence[int],
    taken: Sequence[int],
) -> tuple[Report, ...]:
    """What one part tells each join of its edges.

    A join's own channel knows what it consumes, unless it must see that together with the rest.
    """
    consumes: dict[int, list[int]] = {}
    takes: dict[int, list[int]] = {}
    for found, edges in ((consumes, consumed), (takes, taken)):
        for edge in edges:
            for join in knowing[edge]:
                found.setdefault(join, []).append(edge)
    if rule is None or not rule.swallowers:
        consumes.pop(own, None)
    told: dict[tuple[tuple[int, ...], tuple[int, ...]], tuple[tuple[int, ...], frozenset[int]]] = {}
    reports = []
    for join in dict.fromkeys([*consumes, *takes]):
        key = tuple(consumes.get(join, ())), tuple(takes.get(join, ()))
        reports.append(Report(join, *told.setdefault(key, (key[0], frozenset(key[1])))))
    return tuple(reports)


def _reads(
    subject: Subject, nodes: frozenset[int], slots: Mapping[int, list[int]]
) -> frozenset[str] | None:
    """The nodes whose records these nodes read, or those inside them."""
    found: set[str] = set()
    waiting = list(nodes)
    while waiting:
        number = waiting.pop()
        waiting += (node for slot in slots.get(number, ()) for node in subject.scopes[slot].nodes)
        for text in subject.nodes[number].texts():
            if "context" in text.roots:
                return None
            found |= text.references
    return frozenset(found)


def _planned_edge(subject: Subject, number: int, edge_id: str) -> PlannedEdge:
    edge = subject.edges[number].edge
    source, target = subject.graph.edges[number]
    node = subject.nodes[source]
    return PlannedEdge(
        id=edge_id,
        source=source,
        target=target,
        kind=_kind(number, node),
        handle=edge.source_handle,
        condition=edge.condition or _condition(number, node),
    )


def _edge_ids(subject: Subject) -> list[str]:
    """The id of every edge; one that has none gets a telling one, whatever the order of edges.

    Where several would get the same one they are counted in the order of what they say; those that
    say the same cannot be told apart anyway.
    """
    edges = [bound.edge for bound in subject.edges]
    taken = {edge.id for edge in edges if edge.id is not None}
    ids = [edge.id or "" for edge in edges]
    unnamed = [number for number, edge in enumerate(edges) if edge.id is None]
    names: dict[str, Iterator[str]] = {}
    for number in sorted(unnamed, key=lambda number: _said(edges[number])):
        telling = _telling_id(edges[number])
        free = names.setdefault(telling, _counted(telling))
        ids[number] = next(name for name in free if name not in taken)
        taken.add(ids[number])
    return ids


def _counted(name: str) -> Iterator[str]:
    """The name, then the name with a number, for ever."""
    yield name
    yield from (f"{name}#{number}" for number in itertools.count(2))


def _said(edge: Edge) -> tuple[str, ...]:
    """All that an edge says, in an order of its own."""
    parts = (edge.source_handle, edge.condition, edge.on, edge.default)
    return (_telling_id(edge), *map(repr, parts))


def _telling_id(edge: Edge) -> str:
    way = edge.source_handle or edge.condition or edge.on or ("default" if edge.default else "")
    return f"{edge.source}->{edge.target}" + (f":{way}" if way else "")


def _kind(number: int, node: BoundNode) -> EdgeKind:
    if number in node.plain:
        return EdgeKind.PLAIN
    if number in node.error:
        return EdgeKind.ERROR
    return EdgeKind.DEFAULT if number in node.default else EdgeKind.CONDITION


def _condition(number: int, node: BoundNode) -> str | None:
    sources = (case.expression for case in node.cases if number in case.edges)
    return next((expression.source for expression in sources if expression), None)
