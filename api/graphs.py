"""A workflow as nodes and edges to draw."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field, ValidationError

from api.findings import Answer
from services.store.workflows import StoredVersion
from workflow_compiler import Definition, Plan, parse
from workflow_compiler.definition import Edge, Node
from workflow_compiler.planning import PlannedEdge
from workflow_compiler.trace import EdgeKind


class NodePosition(Answer):
    """Where an editor put a node."""

    x: float = Field(description="From the left.", allow_inf_nan=False)
    y: float = Field(description="From the top.", allow_inf_nan=False)


class GraphNode(Answer):
    """A node to draw."""

    id: str = Field(description="The node's id.")
    type: str = Field(description="Its type.", examples=["llm"])
    name: str = Field(description="What people call it; the id when it has no name.")
    position: NodePosition | None = Field(description="Where an editor put it, if one did.")
    parent: str | None = Field(description="The container that it is in; null at the top.")
    slot: str | None = Field(description="The part of it; null for its first one.")
    ui: dict[str, Any] = Field(description="Everything that only an editor reads.")


class GraphEdge(Answer):
    """An edge to draw."""

    id: str = Field(description="The edge's id, as `edge.decided` events name it.")
    source: str = Field(description="The node that it leaves.")
    target: str = Field(description="The node that it leads to.")
    handle: str | None = Field(description="The way out of the source that it hangs on.")
    kind: EdgeKind = Field(description="Why it may be taken.")
    condition: str | None = Field(description="The expression that opens it.")
    label: str | None = Field(description="What an editor wrote on it.")


class Graph(Answer):
    """A version of a workflow, ready to be drawn."""

    name: str = Field(description="The workflow's name.")
    version: int = Field(description="The version.")
    nodes: list[GraphNode] = Field(description="The nodes, in the order of the definition.")
    edges: list[GraphEdge] = Field(description="The edges, in the order of the definition.")


def graph_of(version: StoredVersion, plan: Plan) -> Graph:
    """The graph of a stored version and the plan that it compiles to."""
    definition: Definition = parse(dict(version.definition))
    return Graph(
        name=version.name,
        version=version.version,
        nodes=[_node(node) for node in definition.nodes],
        edges=[
            _edge(edge, planned) for edge, planned in zip(definition.edges, plan.edges, strict=True)
        ],
    )


def _node(node: Node) -> GraphNode:
    return GraphNode(
        id=node.id,
        type=node.type,
        name=node.name or node.id,
        position=_position(node.ui),
        parent=node.parent,
        slot=node.slot,
        ui=node.ui,
    )


def _position(ui: Mapping[str, Any]) -> NodePosition | None:
    """What an editor stored need not make sense: then the page finds a place itself."""
    try:
        return NodePosition.model_validate(ui.get("position"), from_attributes=False)
    except ValidationError:
        return None


def _edge(edge: Edge, planned: PlannedEdge) -> GraphEdge:
    label = edge.ui.get("label")
    return GraphEdge(
        id=planned.id,
        source=edge.source,
        target=edge.target,
        handle=planned.handle,
        kind=planned.kind,
        condition=planned.condition,
        label=label if isinstance(label, str) else None,
    )
