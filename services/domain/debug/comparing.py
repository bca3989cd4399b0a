"""Two runs beside each other, visit by visit: aligned by node, path and number of the visit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from services.domain.chronicle import Visited, plain_edges
from services.domain.debug.json_diff import Differences, differences
from services.domain.runs import Run
from services.domain.visits import NodeState, NodeStatus
from workflow_compiler import Plan
from workflow_compiler.history import VisitKey
from workflow_compiler.trace import Write


class Fate(StrEnum):
    """How a visit of one run stands to that of another, the least telling first."""

    SAME = "same"
    CHANGED = "changed"
    ONLY_A = "only_a"
    ONLY_B = "only_b"


class Aspect(StrEnum):
    """What differs between two visits. How long they took always does, so it is none."""

    STATUS = "status"
    INPUT = "input"
    OUTPUT = "output"
    ERROR = "error"
    ATTEMPTS = "attempts"
    EDGES = "edges"
    WRITES = "writes"
    USAGE = "usage"


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the runs that are compared, with all that its log tells."""

    run: Run
    plan: Plan
    definition: Mapping[str, Any]
    visits: Mapping[VisitKey, Visited]

    @property
    def visited(self) -> Mapping[VisitKey, Visited]:
        """The visits that took place; that a node was skipped or never seen is none."""
        return {key: one for key, one in self.visits.items() if one.began}

    def taken(self) -> Mapping[VisitKey, tuple[str, ...]]:
        """The edges that each visit took."""
        plain = plain_edges(self.plan)
        return {key: one.taken(plain.get(key[0], ())) for key, one in self.visited.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitDifference:
    """One visit in two runs; a side is None where its run has none."""

    key: VisitKey
    fate: Fate
    aspects: tuple[Aspect, ...] = ()
    a: Visited | None
    b: Visited | None
    taken_a: tuple[str, ...] = ()
    taken_b: tuple[str, ...] = ()
    input: Differences = field(default_factory=Differences)
    output: Differences = field(default_factory=Differences)


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeDifference:
    """An edge that the runs did not take equally often."""

    edge_id: str
    times_a: int
    times_b: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeDifference:
    """What became of a node, over all of its visits; `is_redefined` where the versions differ."""

    node_id: str
    fate: Fate
    is_redefined: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two runs beside each other; `visits` are all of both, in the order of the first."""

    a: Run
    b: Run
    output: Differences
    edges: tuple[EdgeDifference, ...]
    nodes: tuple[NodeDifference, ...]
    visits: tuple[VisitDifference, ...]


def compare(a: Side, b: Side) -> Comparison:
    """Put two runs beside each other."""
    visits = tuple(_visits(a, b))
    return Comparison(
        a=a.run,
        b=b.run,
        output=differences(a.run.output, b.run.output),
        edges=tuple(_edges(a, b)),
        nodes=tuple(_nodes(a, b, visits)),
        visits=visits,
    )


def seconds_of(state: NodeState) -> float | None:
    """How long a visit took; None as long as it has not ended."""
    if state.started_at is None or state.finished_at is None:
        return None
    return (state.finished_at - state.started_at).total_seconds()


def _visits(a: Side, b: Side) -> Iterator[VisitDifference]:
    left, right = a.visited, b.visited
    taken_a, taken_b = a.taken(), b.taken()
    for key in _merged(list(left), list(right)):
        one, other = left.get(key), right.get(key)
        edges = (taken_a.get(key, ()), taken_b.get(key, ()))
        if one is None or other is None:
            fate = Fate.ONLY_B if one is None else Fate.ONLY_A
            yield VisitDifference(
                key=key, fate=fate, a=one, b=other, taken_a=edges[0], taken_b=edges[1]
            )
        else:
            yield _both(key, one, other, edges)


def _merged(left: Sequence[VisitKey], right: Sequence[VisitKey]) -> Iterator[VisitKey]:
    """All of the first in their order; what only the second has follows what it followed there."""
    known, following = set(left), dict[VisitKey | None, list[VisitKey]]()
    last: VisitKey | None = None
    for key in right:
        if key in known:
            last = key
        else:
            following.setdefault(last, []).append(key)
    yield from following.get(None, ())
    for key in left:
        yield key
        yield from following.get(key, ())


def _both(
    key: VisitKey, one: Visited, other: Visited, edges: tuple[tuple[str, ...], tuple[str, ...]]
) -> VisitDifference:
    given = differences(one.state.input, other.state.input)
    output = differences(one.state.output, other.state.output)
    taken_a, taken_b = edges
    found = {
        Aspect.STATUS: one.state.status is not other.state.status,
        Aspect.INPUT: bool(given),
        Aspect.OUTPUT: bool(output),
        Aspect.ERROR: _said(one) != _said(other),
        Aspect.ATTEMPTS: _attempts(one) != _attempts(other),
        Aspect.EDGES: sorted(taken_a) != sorted(taken_b),
        Aspect.WRITES: bool(differences(_plain(one.writes), _plain(other.writes), 1)),
        Aspect.USAGE: one.state.usage != other.state.usage,
    }
    aspects = tuple(aspect for aspect, differs in found.items() if differs)
    return VisitDifference(
        key=key,
        fate=Fate.CHANGED if aspects else Fate.SAME,
        aspects=aspects,
        a=one,
        b=other,
        taken_a=taken_a,
        taken_b=taken_b,
        input=given,
        output=output,
    )


def _said(visited: Visited) -> tuple[str, str] | None:
    error = visited.state.error
    is_over = visited.state.status is NodeStatus.FAILED
    return (error.type, error.message) if error is not None and is_over else None


def _attempts(visited: Visited) -> list[tuple[str, str]]:
    return [(failure.error.type, failure.error.message) for failure in visited.failures]


def _plain(writes: Iterable[Write]) -> list[list[Any]]:
    return [list(write) for write in writes]


def _edges(a: Side, b: Side) -> Iterator[EdgeDifference]:
    times_a, times_b = (
        Counter(edge for taken in side.taken().values() for edge in taken) for side in (a, b)
    )
    for edge in dict.fromkeys((*times_a, *times_b)):
        if times_a[edge] != times_b[edge]:
            yield EdgeDifference(edge_id=edge, times_a=times_a[edge], times_b=times_b[edge])


def _nodes(a: Side, b: Side, visits: Iterable[VisitDifference]) -> Iterator[NodeDifference]:
    """All nodes of both versions. A node that only one run visited at all is of that one."""
    fates: dict[str, set[Fate]] = {}
    for visit in visits:
        fates.setdefault(visit.key[0], set()).add(visit.fate)
    one, other = (_documents(side.definition) for side in (a, b))
    for node_id in dict.fromkeys((*one, *other)):
        found = fates.get(node_id, {Fate.SAME})
        yield NodeDifference(
            node_id=node_id,
            fate=found.pop() if len(found) == 1 else Fate.CHANGED,
            is_redefined=one.get(node_id) != other.get(node_id),
        )


def _documents(definition: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    """What each node of a definition does, without what only editors and debuggers read."""
    return {
        node["id"]: {key: node[key] for key in node if key not in {"ui", "pinned", "name"}}
        for node in definition["nodes"]
    }
