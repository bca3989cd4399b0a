"""A plan as JSON: every decision that the compiler took, with the names of nodes and edges."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import Field

from api.findings import Answer
from workflow_compiler import Plan
from workflow_compiler.definition import Join, Limits, Retry
from workflow_compiler.planning import PlannedNode, Routes, Strategy
from workflow_compiler.topology import Hindrance, Scope
from workflow_compiler.trace import EdgeKind


class CaseDocument(Answer):
    """Edges that are taken when an expression holds."""

    handle: str = Field(description="The way out.")
    expression: str = Field(description="What must hold.")
    edges: list[str] = Field(description="The edges that it opens.")


class RoutesDocument(Answer):
    """The ways out of a node."""

    plain: list[str] = Field(description="Edges that are always taken.")
    cases: list[CaseDocument] = Field(description="Edges that an expression opens, in order.")
    default: list[str] = Field(description="Edges that are taken when no case holds.")
    error: list[str] = Field(description="Edges that are taken when the node failed for good.")
    first: bool = Field(description="Whether only the first case that holds counts.")
    required: bool = Field(description="Whether it is a failure when no edge is taken.")


class PlanNode(Answer):
    """A node as it will be run."""

    id: str = Field(description="The node's id.")
    name: str = Field(description="What people call it.")
    type: str = Field(description="Its type.")
    parent: str | None = Field(description="The container that it is in; null at the top.")
    slot: str | None = Field(description="The part of that container.")
    strategy: Strategy = Field(description="How it learns that it may fire.")
    join: Join = Field(description="What it waits for when it has several incoming edges.")
    awaits: list[str] = Field(
        description="Where the tokens may be that an inclusive join waits for, as edges."
    )
    timeout_seconds: float | None = Field(
        description="The time that one attempt may take; null for as long as it needs."
    )
    retry: Retry = Field(description="When a failed attempt is tried again.")
    routes: RoutesDocument = Field(description="The ways out.")


class PlanEdge(Answer):
    """An edge as it will be followed."""

    id: str = Field(description="The edge's id.")
    source: str = Field(description="The node that it leaves.")
    target: str = Field(description="The node that it leads to.")
    kind: EdgeKind = Field(description="Why it may be taken.")
    handle: str | None = Field(description="The way out of the source that it hangs on.")
    condition: str | None = Field(description="The expression that opens it.")


class LateJoin(Answer):
    """An `any` join that should run a race and cannot."""

    node: str = Field(description="The join.")
    reason: Hindrance = Field(description="Why it waits for the end of its superstep.")


class PlanDocument(Answer):
    """What a definition compiles to."""

    name: str = Field(description="The workflow's name.")
    fingerprint: str = Field(description="Hash of what the definition does.")
    roots: list[str] = Field(description="The nodes that begin, without those in containers.")
    nodes: list[PlanNode] = Field(description="The nodes, in the order of the definition.")
    edges: list[PlanEdge] = Field(description="The edges, in the order of the definition.")
    races: list[list[str]] = Field(
        description="`any` joins that go on with the first token while others are still at work; "
        "those of one part of the workflow stand together."
    )
    late: list[LateJoin] = Field(
        description="`any` joins with something slow before them that keep to supersteps."
    )
    variables: dict[str, Any] = Field(description="The run's variables with their reducers.")
    limits: Limits = Field(description="Bounds of one run.")
    input_schema: dict[str, Any] = Field(description="JSON Schema of the input.")


def plan_document(plan: Plan) -> PlanDocument:
    """The plan as JSON."""
    ids = [node.id for node in plan.nodes]
    return PlanDocument(
        name=plan.name,
        fingerprint=plan.fingerprint,
        roots=[ids[plan.graph.edges[entry][1]] for entry in plan.scopes[0].entries],
        nodes=[_node(plan, plan.nodes[n], s) for n, s in sorted(_places(plan).items())],
        edges=[
            PlanEdge(
                id=edge.id,
                source=ids[edge.source],
                target=ids[edge.target],
                kind=edge.kind,
                handle=edge.handle,
                condition=edge.condition,
            )
            for edge in plan.edges
        ],
        races=[[ids[n] for n in joins] for joins in map(plan.racing, plan.levels) if joins],
        late=[
            LateJoin(node=ids[late.join], reason=late.hindrance)
            for level in plan.levels
            for late in level.late
        ],
        variables={name: value.model_dump(mode="json") for name, value in plan.variables.items()},
        limits=plan.limits,
        input_schema=dict(plan.input_schema),
    )


def _places(plan: Plan) -> dict[int, Scope]:
    """The scope of each node."""
    return {node: scope for scope in plan.scopes for node in scope.nodes}


def _node(plan: Plan, node: PlannedNode, scope: Scope) -> PlanNode:
    rule = plan.joins.get(node.number)
    return PlanNode(
        id=node.id,
        name=node.label,
        type=node.type.name,
        parent=None if scope.container is None else plan.nodes[scope.container].id,
        slot=scope.slot or None,
        strategy=node.strategy,
        join=node.join,
        awaits=_edge_ids(plan, sorted(rule.awaited)) if rule else [],
        timeout_seconds=node.timeout_seconds,
        retry=node.retry,
        routes=_routes(plan, node.routes),
    )


def _routes(plan: Plan, routes: Routes) -> RoutesDocument:
    return RoutesDocument(
        plain=_edge_ids(plan, routes.plain),
        cases=[
            CaseDocument(
                handle=case.handle,
                expression=case.expression.source,
                edges=_edge_ids(plan, case.edges),
            )
            for case in routes.cases
        ],
        default=_edge_ids(plan, routes.default),
        error=_edge_ids(plan, routes.error),
        first=routes.first,
        required=routes.required,
    )


def _edge_ids(plan: Plan, numbers: Iterable[int]) -> list[str]:
    """The ids of edges; the entry edges of roots, which come after the stored ones, have none."""
    return [plan.edges[number].id for number in numbers if number < len(plan.edges)]
