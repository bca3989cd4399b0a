"""Rules about what is plugged into what: types, handles, functions, variables, reducers."""

from __future__ import annotations

from collections.abc import Iterator

from workflow_compiler.checks.bound import BoundNode
from workflow_compiler.checks.subject import Subject
from workflow_compiler.definition.salvage import UNREADABLE
from workflow_compiler.definition.source import pointer_of
from workflow_compiler.errors import Problem, Severity
from workflow_compiler.expressions import Expression, Template
from workflow_compiler.expressions.names import suggest
from workflow_compiler.json_schema import schema_fault
from workflow_compiler.reducers import REDUCERS
from workflow_compiler.registry import NodeConfig
from workflow_compiler.registry.config import Language, languages


def known_types(subject: Subject) -> Iterator[Problem]:
    """Every node's type is registered."""
    for bound in subject.nodes:
        if bound.type is None and bound.node.type != UNREADABLE:
            known = ", ".join(sorted(subject.registry.types))
            yield Problem(
                code="unknown-type",
                message=f"the node type {bound.node.type!r} is not known",
                pointer=f"{bound.pointer}/type",
                node_id=bound.node.id,
                hint=suggest(bound.node.type, subject.registry.types) or f"known types: {known}",
            )


def type_versions(subject: Subject) -> Iterator[Problem]:
    """A node does not ask for another version of its type than the one that is there."""
    for bound in subject.nodes:
        wanted = bound.node.type_version
        if bound.type is not None and wanted not in (None, bound.type.version):
            yield Problem(
                code="unknown-type-version",
                message=f"the type {bound.type.name!r} is there in version {bound.type.version},"
                f" not in version {wanted}",
                pointer=f"{bound.pointer}/type_version",
                node_id=bound.node.id,
            )


def reviewed_configs(subject: Subject) -> Iterator[Problem]:
    """A config pleases its own type also beyond its shape."""
    for bound in subject.nodes:
        if bound.type is None or (config := _static(bound)) is None:
            continue
        for fault in bound.type.review(config):
            yield Problem(
                code=fault.code,
                message=fault.message,
                pointer=f"{bound.pointer}/config{fault.pointer}",
                node_id=bound.node.id,
                hint=fault.hint,
            )


def handles(subject: Subject) -> Iterator[Problem]:
    """An edge leaves its source by a handle that the source has."""
    for bound in subject.nodes:
        if bound.type is None:
            continue
        valid = _handles(bound)
        for number in _outgoing(subject, bound):
            handle = subject.edges[number].edge.source_handle
            if handle is not None and handle not in valid:
                yield Problem(
                    code="unknown-handle",
                    message=f"the node {bound.node.id!r} has no handle {handle!r}",
                    pointer=f"{subject.edges[number].pointer}/sourceHandle",
                    edge_id=subject.edges[number].edge.id,
                    hint=f"valid handles: {', '.join(map(repr, [*valid, 'default', 'error']))}",
                )


def undecided_edges(subject: Subject) -> Iterator[Problem]:
    """An edge of a deciding node says which decision it belongs to."""
    for bound in subject.nodes:
        if not bound.required:
            continue
        valid = ", ".join(map(repr, _handles(bound))) or "none in its config"
        for number in bound.plain:
            yield Problem(
                code="missing-handle",
                message=f"the edge {subject.edge_name(number)} has neither a handle nor a"
                " condition, but its source only decides",
                pointer=subject.edges[number].pointer,
                edge_id=subject.edges[number].edge.id,
                hint=f"set 'sourceHandle' (handles: {valid}), 'condition' or 'default'",
            )


def routes_without_default(subject: Subject) -> Iterator[Problem]:
    """A deciding node that may find no way fails then; say so before."""
    for bound in subject.nodes:
        if not bound.required:
            continue
        moments = [f"the case {handle!r} holds, which has no edge" for handle in bound.closed]
        for moment in moments if bound.default else ["no case holds", *moments]:
            yield Problem(
                code="no-default",
                message=f"the node {bound.node.id!r} fails with NO_ROUTE when {moment}",
                pointer=bound.pointer,
                severity=Severity.WARNING,
                node_id=bound.node.id,
                hint="add an edge with 'default': true",
            )


def reducers(subject: Subject) -> Iterator[Problem]:
    """Every variable's reducer exists."""
    for name, variable in subject.definition.variables.items():
        if variable.reducer not in REDUCERS:
            yield Problem(
                code="unknown-reducer",
                message=f"the reducer {variable.reducer!r} is not known",
                pointer=pointer_of("variables", name, "reducer"),
                hint=suggest(variable.reducer, REDUCERS) or f"known: {', '.join(REDUCERS)}",
            )


def declared_variables(subject: Subject) -> Iterator[Problem]:
    """A node writes only variables that the definition declares."""
    declared = subject.definition.variables
    for bound in subject.nodes:
        if bound.type is None or (config := _static(bound)) is None:
            continue
        for name in bound.type.variables(config):
            if name not in declared:
                yield Problem(
                    code="unknown-variable",
                    message=f"the variable {name!r} is not declared",
                    pointer=f"{bound.pointer}/config/values" + pointer_of(name),
                    node_id=bound.node.id,
                    hint=subject.guesses.suggest(name, declared)
                    or f"add it to 'variables': {{{name!r}: {{}}}}",
                )


def input_schema(subject: Subject) -> Iterator[Problem]:
    """The schema of the input is a JSON Schema."""
    if (why := schema_fault(subject.definition.input_schema)) is not None:
        yield Problem(
            code="invalid-schema",
            message=why,
            pointer="/input_schema",
            hint="write a JSON Schema of draft 2020-12",
        )


def secrets_in_place(subject: Subject) -> Iterator[Problem]:
    """A secret is read only where it is sent out, and never where its value would be kept."""
    for pointer, texts in _texts_that_stay(subject):
        if any(text.secrets for text in texts):
            yield Problem(
                code="misplaced-secret",
                message="a secret read here would be kept in the run",
                pointer=pointer,
                hint=f"read it in a template of a node that sends it out: {_senders(subject)}",
            )


RULES = (
    input_schema,
    known_types,
    type_versions,
    reviewed_configs,
    handles,
    undecided_edges,
    routes_without_default,
    reducers,
    declared_variables,
    secrets_in_place,
)


def _handles(bound: BoundNode) -> list[str]:
    own = [choice.handle for choice in bound.choices]
    own += [case.handle for case in bound.cases if case.handle]
    return own if bound.default_handle is None else [*own, bound.default_handle]


def _texts_that_stay(subject: Subject) -> Iterator[tuple[str, tuple[Expression | Template, ...]]]:
    """All expressions and templates but those that are sent out, each with its place."""
    for bound in subject.nodes:
        if bound.config is not None and bound.type is not None:
            for name, language, _ in languages(bound.type.config):
                is_sent = bound.type.sends and language is Language.TEMPLATE
                if not is_sent and name in bound.config.fields:
                    place = f"{bound.pointer}/config" + pointer_of(name)
                    yield place, bound.config.fields[name].texts
        cases = (case.expression for case in bound.cases if not case.is_edge)
        yield f"{bound.pointer}/config", tuple(case for case in cases if case is not None)
    for edge in subject.edges:
        yield f"{edge.pointer}/condition", (edge.condition,) if edge.condition else ()
    for name, value in (subject.output or {}).items():
        yield pointer_of("output", name), value.texts


def _senders(subject: Subject) -> str:
    return ", ".join(sorted(name for name, known in subject.registry.types.items() if known.sends))


def _static(bound: BoundNode) -> NodeConfig | None:
    return bound.config.static if bound.config else None


def _outgoing(subject: Subject, bound: BoundNode) -> tuple[int, ...]:
    return subject.graph.outgoing[subject.index[bound.node.id]]
