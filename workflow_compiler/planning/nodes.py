"""What lowering needs to know of one node."""

from __future__ import annotations

from collections.abc import Mapping

from workflow_compiler.checks import BoundNode, Subject
from workflow_compiler.definition import Node, NodeDefaults, Retry
from workflow_compiler.planning.plan import Choice, PlannedCase, PlannedNode, Routes, Strategy
from workflow_compiler.registry import NodeType, Work
from workflow_compiler.topology import Graph, JoinRule

NO_RETRY = Retry()


def planned_node(
    subject: Subject,
    number: int,
    bound: BoundNode,
    joins: Mapping[int, JoinRule],
) -> PlannedNode:
    """One node of a sound definition."""
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
        fallback=bound.fallback,
        error=bound.error,
        first=bound.first,
        required=bound.required,
    )


def _strategy(graph: Graph, number: int, joins: Mapping[int, JoinRule]) -> Strategy:
    if number in joins:
        return Strategy.INCLUSIVE
    return Strategy.SINGLE if len(graph.incoming[number]) <= 1 else Strategy.DIRECT
