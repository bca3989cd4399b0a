"""Runs every rule; the only door to the checks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from workflow_compiler.checks import containers, flow, running, structure, wiring
from workflow_compiler.checks.subject import Subject
from workflow_compiler.definition import Definition
from workflow_compiler.errors import DefinitionError, Problem, Severity
from workflow_compiler.registry import Registry

Rule = Callable[[Subject], Iterable[Problem]]

RULES: tuple[Rule, ...] = (
    *structure.RULES,
    *containers.RULES,
    *wiring.RULES,
    *flow.RULES,
    *running.RULES,
)


@dataclass(frozen=True, slots=True)
class Examined:
    """A definition that was examined, and all that was found."""

    subject: Subject
    problems: tuple[Problem, ...]

    def sound(self) -> Subject:
        """The subject, when nothing forbids to compile it.

        Raises:
            DefinitionError: something does.
        """
        errors = [p for p in self.problems if p.severity is Severity.ERROR]
        if errors:
            raise DefinitionError(errors)
        return self.subject


def examine(definition: Definition, registry: Registry) -> Examined:
    """Apply every rule to a definition; problems are addressed in the document as it was given."""
    subject = Subject(definition, registry)
    found = [problem for rule in RULES for problem in rule(subject)]
    found += [*definition.source.remarks, *subject.binding_problems]
    located = (definition.source.locate(_named(definition, problem)) for problem in found)
    return Examined(subject, (*definition.source.faults, *located))


def _named(definition: Definition, problem: Problem) -> Problem:
    """The problem with the id of the node or edge that it is in, where the rule did not say it."""
    match problem.pointer.split("/", 3):
        case ["", "nodes", number, *_] if problem.node_id is None and number.isdigit():
            return replace(problem, node_id=definition.nodes[int(number)].id)
        case ["", "edges", number, *_] if problem.edge_id is None and number.isdigit():
            return replace(problem, edge_id=definition.edges[int(number)].id)
        case _:
            return problem
