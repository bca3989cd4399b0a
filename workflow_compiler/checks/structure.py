"""Rules about the graph itself: ids, ends of edges, roots, what can be reached, what never ends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from workflow_compiler.checks.subject import RESERVED, Subject
from workflow_compiler.definition.source import pointer_of
from workflow_compiler.errors import Problem, Severity
from workflow_compiler.topology import ENTRY, Loop, TooEntangledError
from workflow_compiler.topology.loops import MAX_NESTING

MAX_NODES = 10_000
MAX_EDGES = 50_000


def size(subject: Subject) -> Iterator[Problem]:
    """A definition has one node at least, and not too many."""
    nodes, edges = len(subject.definition.nodes), len(subject.definition.edges)
    if nodes == 0 and not subject.definition.source.faults:
        yield Problem(
            code="no-nodes", message="the workflow has no nodes", pointer="/nodes", hint="add one"
        )
    if nodes > MAX_NODES:
        yield _too_many("nodes", nodes, MAX_NODES)
    if edges > MAX_EDGES:
        yield _too_many("edges", edges, MAX_EDGES)


def unique_ids(subject: Subject) -> Iterator[Problem]:
    """No two nodes and no two edges have the same id."""
    seen: set[str] = set()
    for index, node in enumerate(subject.definition.nodes):
        if node.id in seen:
            yield Problem(
                code="duplicate-id",
                message=f"two nodes have the id {node.id!r}",
                pointer=pointer_of("nodes", index, "id"),
                node_id=node.id,
                hint="give one of them another id",
            )
        seen.add(node.id)
    ids = Counter(edge.id for edge in subject.definition.edges if edge.id is not None)
    for index, edge in enumerate(subject.definition.edges):
        if edge.id is not None and ids[edge.id] > 1:
            yield Problem(
                code="duplicate-id",
                message=f"{ids[edge.id]} edges have the id {edge.id!r}",
                pointer=pointer_of("edges", index, "id"),
                edge_id=edge.id,
                hint="edge ids may be left out",
            )


def shadowed_ids(subject: Subject) -> Iterator[Problem]:
    """A node's id is no name that expressions give to something else."""
    for bound in subject.nodes:
        if bound.node.id in RESERVED:
            yield Problem(
                code="shadowed-id",
                message=f"expressions read something else by the name {bound.node.id!r}",
                pointer=f"{bound.pointer}/id",
                severity=Severity.WARNING,
                node_id=bound.node.id,
                hint=f"read the node as nodes[{bound.node.id!r}], or give it another id",
            )


def dangling_edges(subject: Subject) -> Iterator[Problem]:
    """Both ends of an edge are nodes."""
    for index, edge in enumerate(subject.definition.edges):
        for end, node_id in (("source", edge.source), ("target", edge.target)):
            if node_id not in subject.index:
                yield Problem(
                    code="dangling-edge",
                    message=f"the edge's {end} {node_id!r} is not a node",
                    pointer=pointer_of("edges", index, end),
                    edge_id=edge.id,
                    hint=subject.guesses.suggest(node_id, subject.index),
                )


def repeated_edges(subject: Subject) -> Iterator[Problem]:
    """Two plain edges between the same nodes are one too many."""
    seen: set[tuple[str, str]] = set()
    for bound_node in subject.nodes:
        for number in bound_node.plain:
            edge = subject.edges[number].edge
            if (edge.source, edge.target) in seen:
                yield Problem(
                    code="repeated-edge",
                    message=f"another edge already leads from {edge.source!r} to {edge.target!r}",
                    pointer=subject.edges[number].pointer,
                    edge_id=edge.id,
                    hint="delete one of them",
                )
            seen.add((edge.source, edge.target))


def roots(subject: Subject) -> Iterator[Problem]:
    """A workflow begins somewhere."""
    for scope in subject.scopes:
        if not scope.nodes or scope.entries:
            continue
        container = None if scope.container is None else subject.nodes[scope.container]
        where = f"the slot {scope.slot!r} of {container.node.id!r}" if container else "the workflow"
        yield Problem(
            code="no-root",
            message=f"every node has an incoming edge, so {where} begins nowhere",
            pointer=container.pointer if container else "/nodes",
            node_id=container.node.id if container else None,
            hint="add a node of type 'start' where it begins",
        )


def unreachable(subject: Subject) -> Iterator[Problem]:
    """Every node can be reached from a root."""
    begun = frozenset(n for scope in subject.scopes if scope.entries for n in scope.nodes)
    for number, bound in enumerate(subject.nodes):
        if number in begun and number not in subject.graph.reachable:
            yield Problem(
                code="unreachable-node",
                message=f"no path leads from a root to the node {bound.node.id!r}",
                pointer=bound.pointer,
                node_id=bound.node.id,
                hint="connect it or delete it",
            )


def endless_cycles(subject: Subject) -> Iterator[Problem]:
    """Every loop can be left: none of its nodes is bound to go round for ever."""
    for loop in _outermost(subject):
        bound_for_ever = _captives(subject, loop)
        if bound_for_ever:
            first = subject.nodes[min(bound_for_ever)]
            names = ", ".join(repr(subject.nodes[n].node.id) for n in sorted(bound_for_ever)[:5])
            yield Problem(
                code="endless-cycle",
                message=f"once entered, the cycle through {names} can never be left",
                pointer=first.pointer,
                node_id=first.node.id,
                hint="put a condition on an edge of the cycle",
            )


def ambiguous_loops(subject: Subject) -> Iterator[Problem]:
    """A loop that can be entered at several nodes has no clear turns."""
    for loop in subject.loops:
        if not loop.single_entry:
            names = ", ".join(repr(subject.nodes[n].node.id) for n in loop.headers[:5])
            first = subject.nodes[loop.headers[0]]
            yield Problem(
                code="loop-with-several-entries",
                message=f"the loop can be entered at {names}, so its order depends on timing",
                pointer=first.pointer,
                severity=Severity.WARNING,
                node_id=first.node.id,
                hint="let all ways into the loop go through one node",
            )


def deep_loops(subject: Subject) -> Iterator[Problem]:
    """Loops are not nested without end."""
    deepest = max(subject.loops, key=lambda loop: loop.depth, default=None)
    if deepest is not None and deepest.depth > MAX_NESTING:
        header = subject.nodes[deepest.headers[0]]
        yield Problem(
            code="too-large",
            message=f"loops are nested more than {MAX_NESTING} deep",
            pointer=header.pointer,
            node_id=header.node.id,
            hint="leave the loop that is done before the next one begins",
        )


def entangled_joins(subject: Subject) -> Iterator[Problem]:
    """What all joins must know of other tokens stays within bounds."""
    if any(deep_loops(subject)):  # then the loops are not all known
        return
    try:
        subject.joins  # noqa: B018 - it is worked out once, for this rule and for the plan
    except TooEntangledError as error:
        bound = subject.nodes[error.join]
        yield Problem(
            code="too-large",
            message="the joins depend on too many branches that may or may not run; the compiler"
            f" gave up at the node {bound.node.id!r}",
            pointer=bound.pointer,
            node_id=bound.node.id,
            hint="split the workflow, or let fewer conditional branches lead into each other",
        )


RULES = (
    size,
    unique_ids,
    shadowed_ids,
    dangling_edges,
    repeated_edges,
    roots,
    unreachable,
    endless_cycles,
    ambiguous_loops,
    deep_loops,
    entangled_joins,
)


def _too_many(what: str, count: int, limit: int) -> Problem:
    return Problem(
        code="too-large",
        message=f"the workflow has {count:,} {what}, more than {limit:,}",
        pointer=pointer_of(what),
        hint="split it into several workflows",
    )


def _outermost(subject: Subject) -> Iterator[Loop]:
    covered: set[int] = set()
    for loop in sorted(subject.loops, key=lambda loop: -len(loop.nodes)):
        if not loop.nodes <= covered:
            covered |= loop.nodes
            yield loop


def _captives(subject: Subject, loop: Loop) -> set[int]:
    """The nodes of a loop that always go on to another such node, whatever is decided."""
    captives = set(loop.nodes)
    waiting = list(captives)
    while waiting:
        number = waiting.pop()
        if number not in captives or not _may_leave(subject, number, captives):
            continue
        captives.discard(number)
        sources = (subject.graph.edges[e][0] for e in subject.graph.incoming[number])
        waiting += [source for source in sources if source != ENTRY and source in captives]
    return captives


def _may_leave(subject: Subject, number: int, captives: set[int]) -> bool:
    """Whether some outcome of the node takes no edge to a captive."""
    node = subject.nodes[number]
    stays = [any(subject.graph.edges[e][1] in captives for e in edges) for edges in node.outcomes]
    return not all(stays)
