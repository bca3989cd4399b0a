"""Definition in, plan out: all of the compiler that does not need LangGraph."""

from __future__ import annotations

from workflow_compiler.catalogue import default_registry
from workflow_compiler.checks import examine
from workflow_compiler.definition import Definition
from workflow_compiler.errors import Problem
from workflow_compiler.planning import Plan, make_plan
from workflow_compiler.registry import Registry


def check(definition: Definition, registry: Registry | None = None) -> tuple[Problem, ...]:
    """All problems of a definition, warnings included; empty when it is clean."""
    return examine(definition, registry or default_registry()).problems


def plan(definition: Definition, registry: Registry | None = None) -> Plan:
    """The definition with every decision of the compiler taken.

    Raises:
        DefinitionError: the definition has problems; it says all of them.
    """
    return make_plan(examine(definition, registry or default_registry()).sound())
