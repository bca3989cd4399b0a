"""What edges are called, and what opens them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from workflow_compiler.checks import BoundNode, Subject
from workflow_compiler.definition import Edge
from workflow_compiler.planning.plan import PlannedEdge
from workflow_compiler.trace import EdgeKind


def planned_edges(subject: Subject) -> tuple[PlannedEdge, ...]:
    """All edges, by their numbers."""
    ids = _edge_ids(subject)
    return tuple(_planned_edge(subject, number, edge_id) for number, edge_id in enumerate(ids))


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
