"""What the members of a level tell its joins about their tokens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from workflow_compiler.planning.plan import Report
from workflow_compiler.topology import Graph, JoinRule, Terrain


def join_reports(terrain: Terrain, parts: Sequence[frozenset[int]]) -> list[tuple[Report, ...]]:
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


def whole_report(graph: Graph, part: frozenset[int]) -> Report:
    """What one part tells those who ask which nodes can still be reached: all of its edges.

    Those inside of a region nobody outside can see.
    """
    inside = part if len(part) > 1 else frozenset[int]()
    consumed = {e for n in part for e in graph.incoming[n] if graph.edges[e][0] not in inside}
    taken = {e for n in part for e in graph.outgoing[n] if graph.edges[e][1] not in inside}
    return Report(None, tuple(sorted(consumed)), frozenset(taken))


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
