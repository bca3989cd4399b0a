"""Takes all decisions about a sound definition."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from workflow_compiler.checks import Subject
from workflow_compiler.fingerprint import fingerprint
from workflow_compiler.planning.edges import planned_edges
from workflow_compiler.planning.levels import levels_of
from workflow_compiler.planning.nodes import planned_node
from workflow_compiler.planning.plan import Plan
from workflow_compiler.registry import Work
from workflow_compiler.topology import Stalls, Terrain, Track
from workflow_compiler.trace import EdgeKind

SLOW: Final = frozenset(Work) - {Work.COMPUTING}
"""The kinds of work that keep others waiting; where visits can be stopped, all of them do."""


def make_plan(subject: Subject, slow: Collection[Work] = SLOW) -> Plan:
    """Take every decision about a sound definition; nothing waits for `slow` nodes beside it."""
    graph, definition = subject.graph, subject.definition
    joins = subject.joins
    waits = {n for n, node in enumerate(subject.nodes) if node.type and node.type.work in slow}
    anys = frozenset(join for join, rule in joins.items() if rule.is_any)
    loose = subject.certain.loose
    terrain = Terrain(graph, subject.alternatives, joins, waits, loose | anys)
    stalls = Stalls(graph, subject.alternatives, subject.certain.back, waits)
    track = Track(graph, anys, waits, stalls, loose)
    edges = planned_edges(subject)
    may_skip = any(edge.kind is not EdgeKind.PLAIN for edge in edges)
    tells_skips = may_skip and (Work.COMPUTING in slow or _asks_for_skips(subject))
    return Plan(
        name=definition.name,
        fingerprint=fingerprint(definition, subject.registry),
        nodes=tuple(
            planned_node(subject, number, bound, joins)
            for number, bound in enumerate(subject.nodes)
        ),
        edges=edges,
        tells_skips=tells_skips,
        graph=graph,
        scopes=subject.scopes,
        joins=joins,
        levels=tuple(levels_of(subject, terrain, track, tells_skips=tells_skips)),
        variables=definition.variables,
        output=subject.output,
        limits=definition.limits,
        input_schema=definition.input_schema,
    )


def _asks_for_skips(subject: Subject) -> bool:
    """Whether a node may read that another was skipped; to know that costs each visit a bit.

    Where visits can be stopped, whoever stops them may ask as well.
    """
    return any(text.sees_status for node in subject.nodes for text in node.texts())
