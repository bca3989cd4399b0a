"""Rules about the flow of data: who may read whose output."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from operator import and_, or_

from workflow_compiler.checks.bound import BoundNode
from workflow_compiler.checks.subject import Subject
from workflow_compiler.definition import Join
from workflow_compiler.definition.source import pointer_of
from workflow_compiler.errors import Problem, Severity
from workflow_compiler.expressions import Expression, Template
from workflow_compiler.topology import ENTRY
from workflow_compiler.topology.loops import MAX_NESTING

Text = Expression | Template


def reads_before_run(subject: Subject) -> Iterator[Problem]:
    """A node reads only nodes that can have run before it."""
    for number, bound in enumerate(subject.nodes):
        for text, pointer in _texts(subject, bound):
            for read in _read(subject, number, text.references):
                if _is_too_late(subject, subject.index[read], number):
                    yield Problem(
                        code="read-before-run",
                        message=f"{text.source!r} reads the node {read!r}, which can never have"
                        f" run before {bound.node.id!r}",
                        pointer=pointer,
                        node_id=bound.node.id,
                        hint=f"add a path from {read!r} to {bound.node.id!r}",
                    )


def reads_of_skipped(subject: Subject) -> Iterator[Problem]:
    """A node that reads the output of one that may have been skipped says what holds then."""
    relying = any(text.relies_on for bound in subject.nodes for text in bound.texts())
    if not relying or any(loop.depth > MAX_NESTING for loop in subject.loops):
        return
    completed = surely_completed(subject)
    for number, bound in enumerate(subject.nodes):
        for text, pointer in _texts(subject, bound):
            for read in _read(subject, number, text.relies_on):
                if _may_miss(subject, subject.index[read], number, completed):
                    yield _may_be_skipped(bound, text, read, pointer)


RULES = (reads_before_run, reads_of_skipped)


def _may_be_skipped(bound: BoundNode, text: Text, read: str, pointer: str) -> Problem:
    by_default = "{{ ... | default(...) }}"
    by_choice = f"'... if {read}.status == \"completed\" else ...'"
    return Problem(
        code="may-be-skipped",
        message=f"{text.source!r} reads the output of the node {read!r}, which is null if"
        f" {bound.node.id!r} is reached without it",
        pointer=pointer,
        severity=Severity.WARNING,
        node_id=bound.node.id,
        hint=f"use {by_default if isinstance(text, Template) else by_choice}",
    )


def _texts(subject: Subject, bound: BoundNode) -> Iterator[tuple[Text, str]]:
    """The expressions and templates of a node and of its edges, with their addresses."""
    if bound.config is not None:
        for name, value in bound.config.fields.items():
            yield from ((text, f"{bound.pointer}/config{pointer_of(name)}") for text in value.texts)
    for case in bound.cases:
        if case.expression is not None and case.is_edge:
            yield case.expression, f"{subject.edges[case.edges[0]].pointer}/condition"
        elif case.expression is not None:
            yield case.expression, f"{bound.pointer}/config"


def _read(subject: Subject, number: int, references: frozenset[str]) -> list[str]:
    """The other nodes among these; a node may read itself, as its last visit left it."""
    return sorted(references - {subject.nodes[number].node.id})


def _is_too_late(subject: Subject, read: int, reader: int) -> bool:
    """Whether a node can never have run when another one reads it, from its scope or further in."""
    anchor = subject.homes.anchor(reader, subject.homes.of[read])
    if anchor is None or anchor == read:  # hidden by a border, or a container around the reader
        return False
    return not _precedes(subject, read, anchor)


def _may_miss(subject: Subject, read: int, reader: int, completed: Sequence[int]) -> bool:
    """Whether a node can come to be read, from its scope or further in, but need not have run."""
    anchor = subject.homes.anchor(reader, subject.homes.of[read])
    if anchor is None or anchor == read:
        return False
    return not completed[anchor] >> read & 1 and _precedes(subject, read, anchor)


def _precedes(subject: Subject, earlier: int, later: int) -> bool:
    """Whether a path of at least one edge leads from one node to the other."""
    targets = subject.graph.successors(earlier)
    return any(subject.graph.closure[target] >> later & 1 for target in targets)


def surely_completed(subject: Subject) -> list[int]:
    """For each node, those that have surely completed whenever it runs, as bits.

    Along an edge the source has completed, unless it is an error edge, and all that had before it;
    at a node this holds for what all ways agree on, and for those ways that surely come together.
    From there on it is a fixed point, reached from above: all nodes, until a way says otherwise.
    """
    everything = (1 << subject.graph.size) - 1
    found = [everything] * subject.graph.size
    errors = {edge for bound in subject.nodes for edge in bound.error}

    def along(edge: int) -> int:
        source = subject.graph.edges[edge][0]
        if source == ENTRY:
            return 0
        before = found[source]
        return before & ~(1 << source) if edge in errors else before | 1 << source

    together = [_together(subject, number) for number in range(subject.graph.size)]
    changed = True
    while changed:
        changed = False
        for number in subject.certain.order:
            ways = map(along, subject.graph.incoming[number])
            now = reduce(and_, ways, everything) | reduce(or_, map(along, together[number]), 0)
            changed = changed or now != found[number]
            found[number] = now
    return found


def _together(subject: Subject, number: int) -> list[int]:
    """The incoming edges of a node that bring their tokens together, whenever any does."""
    incoming = subject.graph.incoming[number]
    if subject.nodes[number].node.join is Join.ANY or number not in subject.graph.reachable:
        return []
    expected = subject.certain.expected(number)
    return [edge for bit, edge in enumerate(incoming) if expected >> bit & 1]
