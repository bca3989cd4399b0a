"""The plan itself: every decision of the compiler, as frozen data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from workflow_compiler.binding import BoundConfig, BoundValue
from workflow_compiler.definition import Join, Limits, Retry, Variable
from workflow_compiler.expressions import Expression
from workflow_compiler.registry import NodeType
from workflow_compiler.topology import Graph, JoinRule, Late, Pace, Scope, Shared, Swallower
from workflow_compiler.trace import EdgeKind


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
    `error` when the node failed. `fallback` are those of the default that are for no handle: also
    a case that holds but has no edge leads there. `required`: no way at all is a failure.
    """

    plain: tuple[int, ...]
    cases: tuple[PlannedCase, ...]
    default: tuple[int, ...]
    default_handle: str | None
    error: tuple[int, ...]
    first: bool
    required: bool
    choices: tuple[Choice, ...] = ()
    fallback: tuple[int, ...] = ()


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
    """What one member of a level tells one join: those of its edges that the join must know.

    Where skips are told, it tells all of its edges to no `join`, but to whoever asks.
    """

    join: int | None
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
    """A definition, compiled as far as it goes without LangGraph.

    `tells_skips`: nodes may be skipped, and somebody may ask whether they were.
    """

    name: str
    fingerprint: str
    nodes: tuple[PlannedNode, ...]
    edges: tuple[PlannedEdge, ...]
    tells_skips: bool
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
        return slots_of_scopes(self.scopes)

    @cached_property
    def bodies(self) -> Mapping[int, int]:
        """For each scope, the number of its level."""
        return {level.scope: level.number for level in self.levels if level.scope is not None}

    @cached_property
    def swallowers(self) -> Sequence[Swallower]:
        """The `any` joins that tokens may come to too late."""
        known = (one for rule in self.joins.values() for one in rule.swallowers)
        return tuple({one.join: one for one in known}.values())

    def racing(self, level: Level) -> list[int]:
        """The `any` joins that go on with whoever is first: those of a level without supersteps."""
        own = (m.node for m in level.members if level.pace is Pace.TOKENS and m.node is not None)
        return [join for join in own if (rule := self.joins.get(join)) and rule.is_any]

    def slots_of(self, container: int) -> Iterator[Scope]:
        """The slots of a container that have nodes in them."""
        return (self.scopes[number] for number in self.slots.get(container, ()))


def slots_of_scopes(scopes: Sequence[Scope]) -> Mapping[int, list[int]]:
    """For each container, the scopes that are its slots."""
    slots: dict[int, list[int]] = {}
    for number, scope in enumerate(scopes):
        if scope.container is not None:
            slots.setdefault(scope.container, []).append(number)
    return slots
