"""Rules about containers: who is in which, what may cross their borders, and what may not."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from workflow_compiler.checks.scopes import TOP
from workflow_compiler.checks.subject import Subject
from workflow_compiler.definition.source import pointer_of
from workflow_compiler.errors import Problem
from workflow_compiler.expressions.names import suggest

MAX_DEPTH = 16
"""Containers inside each other: each is a graph that waits for the one inside it."""


def known_parents(subject: Subject) -> Iterator[Problem]:
    """What a node names as its parent is a node, and a container."""
    for bound in subject.nodes:
        parent = bound.node.parent
        if parent is None:
            continue
        if parent not in subject.index:
            yield Problem(
                code="unknown-parent",
                message=f"the parent {parent!r} of {bound.node.id!r} is not a node",
                pointer=f"{bound.pointer}/parent",
                node_id=bound.node.id,
                hint=subject.guesses.suggest(parent, subject.index),
            )
            continue
        container = subject.nodes[subject.index[parent]].type
        if container is not None and not container.slots:
            kinds = (name for name, known in subject.registry.types.items() if known.slots)
            yield Problem(
                code="no-container",
                message=f"{parent!r} is of type {container.name!r} and has no nodes inside",
                pointer=f"{bound.pointer}/parent",
                node_id=bound.node.id,
                hint=f"containers: {', '.join(sorted(kinds)) or 'none'}",
            )


def known_slots(subject: Subject) -> Iterator[Problem]:
    """The slot that a node names is one of its container."""
    for bound in subject.nodes:
        slot, parent = bound.node.slot, bound.node.parent
        known = _slots(subject, parent)
        if slot is None or slot in known or (parent is not None and not known):
            continue
        hint = f"slots: {', '.join(map(repr, known))}" if known else "set 'parent' as well"
        yield Problem(
            code="unknown-slot",
            message=f"the container {parent!r} has no slot {slot!r}"
            if known
            else f"the node {bound.node.id!r} names the slot {slot!r} of no container",
            pointer=f"{bound.pointer}/slot",
            node_id=bound.node.id,
            hint=suggest(slot, known) or hint,
        )


def circles(subject: Subject) -> Iterator[Problem]:
    """No container lies inside itself."""
    for number in sorted(subject.homes.circular):
        bound = subject.nodes[number]
        yield Problem(
            code="parent-cycle",
            message=f"the container {bound.node.id!r} lies inside itself",
            pointer=f"{bound.pointer}/parent",
            node_id=bound.node.id,
            hint="let one of them have no parent",
        )


def depths(subject: Subject) -> Iterator[Problem]:
    """Containers do not lie in each other without end."""
    for home in subject.homes.all:
        if home.container is not None and subject.homes.depth(home.outer) == MAX_DEPTH:
            bound = subject.nodes[home.container]
            yield Problem(
                code="too-nested",
                message=f"the container {bound.node.id!r} lies inside {MAX_DEPTH} others",
                pointer=f"{bound.pointer}/parent",
                node_id=bound.node.id,
                hint="make a workflow of its own of the inner ones, and call it as 'subworkflow'",
            )


def empty_containers(subject: Subject) -> Iterator[Problem]:
    """A container has something to run."""
    filled = {(home.container, home.slot) for home in subject.homes.all}
    for number, bound in enumerate(subject.nodes):
        for slot in bound.type.slots if bound.type else ():
            if slot.required and (number, slot.name) not in filled:
                yield Problem(
                    code="empty-container",
                    message=f"the container {bound.node.id!r} has no node in its slot"
                    f" {slot.name!r}",
                    pointer=bound.pointer,
                    node_id=bound.node.id,
                    hint=f"set 'parent': {bound.node.id!r} on the nodes that belong to it",
                )


def borders(subject: Subject) -> Iterator[Problem]:
    """An edge stays among the nodes of one slot, or outside of all."""
    for number, edge in enumerate(subject.definition.edges):
        if edge.source in subject.index and edge.target in subject.index:
            if not subject.crosses_border(edge):
                continue
            yield Problem(
                code="edge-across-border",
                message=f"the edge {edge.source!r} -> {edge.target!r} crosses the border of a"
                " container",
                pointer=pointer_of("edges", number),
                edge_id=edge.id,
                hint="connect the container itself; nodes without incoming edges begin its body",
            )


def reads_across_borders(subject: Subject) -> Iterator[Problem]:
    """What is inside a container is read inside of it only."""
    for number, bound in enumerate(subject.nodes):
        read = {name: text.source for text in bound.texts() for name in text.references}
        for name in sorted(hidden(subject, read, subject.homes.of[number])):
            yield _hidden(subject, name, read[name], bound.pointer, number)
    for key, value in (subject.output or {}).items():
        read = {name: text.source for text in value.texts for name in text.references}
        for name in sorted(hidden(subject, read, TOP)):
            yield _hidden(subject, name, read[name], pointer_of("output", key), None)


RULES = (
    known_parents,
    known_slots,
    circles,
    depths,
    empty_containers,
    borders,
    reads_across_borders,
)


def hidden(subject: Subject, names: Collection[str], scope: int) -> set[str]:
    """Those of the nodes that cannot be seen from a scope: they are neither in it nor around it."""
    homes, seen = subject.homes, {scope}
    while scope != TOP:
        scope = homes.all[scope].outer
        seen.add(scope)
    return {name for name in names if homes.of[subject.index[name]] not in seen}


def _hidden(subject: Subject, name: str, source: str, pointer: str, reader: int | None) -> Problem:
    home = subject.homes.all[subject.homes.of[subject.index[name]]]
    container = subject.nodes[home.container or 0].node.id
    hint = f"read {container!r} itself: its output holds that of its body"
    if reader is not None and _is_inside(subject, reader, home.container):
        hint = "one slot of a container does not see another: write what it needs into a variable"
    return Problem(
        code="read-across-border",
        message=f"{source!r} reads the node {name!r}, which is inside of {container!r}",
        pointer=pointer,
        node_id=None if reader is None else subject.nodes[reader].node.id,
        hint=hint,
    )


def _is_inside(subject: Subject, node: int, container: int | None) -> bool:
    """Whether a container is one of those around a node."""
    scope = subject.homes.of[node]
    while scope != TOP:
        home = subject.homes.all[scope]
        if home.container == container:
            return True
        scope = home.outer
    return False


def _slots(subject: Subject, container: str | None) -> list[str]:
    """The names of a container's slots; none where there is no such container."""
    place = None if container is None else subject.index.get(container)
    node_type = None if place is None else subject.nodes[place].type
    return [slot.name for slot in node_type.slots] if node_type else []
