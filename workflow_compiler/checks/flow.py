"""Rules about the flow of data: who may read whose output."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from workflow_compiler.checks.subject import BoundNode, Subject
from workflow_compiler.errors import Problem
from workflow_compiler.expressions import Expression, Template


def reads_before_run(subject: Subject) -> Iterator[Problem]:
    """A node reads only nodes that can have run before it."""
    for number, bound in enumerate(subject.nodes):
        texts = [t for value in _fields(bound) for t in value]
        yield from _too_early(subject, number, texts, f"{bound.pointer}/config")
        cases = [c.expression for c in bound.cases if c.expression is not None]
        yield from _too_early(subject, number, cases, bound.pointer)


RULES = (reads_before_run,)


def _fields(bound: BoundNode) -> Iterator[tuple[Expression | Template, ...]]:
    if bound.config is not None:
        yield from (value.texts for value in bound.config.fields.values())


def _too_early(
    subject: Subject, number: int, texts: Iterable[Expression | Template], pointer: str
) -> Iterator[Problem]:
    """References to nodes that come later; a node may read itself, as its last visit left it."""
    reader = subject.nodes[number].node.id
    for text in texts:
        for read in sorted(text.references - {reader}):
            if _is_too_late(subject, subject.index[read], number):
                yield Problem(
                    code="read-before-run",
                    message=f"{text.source!r} reads the node {read!r}, which can never have run"
                    f" before {reader!r}",
                    pointer=pointer,
                    node_id=reader,
                    hint=f"add a path from {read!r} to {reader!r}",
                )


def _is_too_late(subject: Subject, read: int, reader: int) -> bool:
    """Whether a node can never have run when another one reads it, from its scope or further in."""
    anchor = subject.homes.anchor(reader, subject.homes.of[read])
    if anchor is None or anchor == read:  # hidden by a border, or a container around the reader
        return False
    return not _precedes(subject, read, anchor)


def _precedes(subject: Subject, earlier: int, later: int) -> bool:
    """Whether a path of at least one edge leads from one node to the other."""
    targets = subject.graph.successors(earlier)
    return any(subject.graph.closure[target] >> later & 1 for target in targets)
