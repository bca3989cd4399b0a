"""Which nodes share a LangGraph graph."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterator, Mapping

from workflow_compiler.checks import Subject
from workflow_compiler.planning.plan import Level, Member, slots_of_scopes
from workflow_compiler.planning.reports import join_reports, whole_report
from workflow_compiler.topology import Pace, Terrain, Track, pace_of, regions_of, shared_branches

MAX_NESTING = 64
"""Regions in regions; what is deeper runs in supersteps, since each more looks at all it holds."""


def levels_of(
    subject: Subject, terrain: Terrain, track: Track, *, tells_skips: bool
) -> Iterator[Level]:
    """The whole workflow, then what is in it: its regions, the slots of its containers, theirs."""
    slots = slots_of_scopes(subject.scopes)
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
        reports = join_reports(terrain, parts)
        if tells_skips:
            told = (whole_report(terrain.graph, part) for part in parts)
            reports = [(*some, every) for some, every in zip(reports, told, strict=True)]
        levels = [None] * len(own) + list(range(count, count + len(regions)))
        waiting.extend((None, region.nodes, (region.entry,), depth + 1) for region in regions)
        bodies = [(n, subject.scopes[n]) for node in own for n in slots.get(node, ())]
        waiting.extend((n, body.nodes, body.entries, depth + 1) for n, body in bodies)
        count += len(regions) + len(bodies)
        members = tuple(
            Member(min(part) if level is None else None, level, part, told)
            for part, level, told in zip(parts, levels, reports, strict=True)
        )
        pace, late = pace_of(track, parts, entries)
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
