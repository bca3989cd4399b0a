"""Definition in, plan out: all of the compiler that does not need LangGraph."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

from workflow_compiler.catalogue import default_registry
from workflow_compiler.checks import examine
from workflow_compiler.definition import Definition, read
from workflow_compiler.errors import DefinitionError, Problem
from workflow_compiler.planning import SLOW, Plan, make_plan
from workflow_compiler.registry import Registry, Work


def parse(document: dict[str, Any] | str | Path, registry: Registry | None = None) -> Definition:
    """Read a definition in any accepted spelling: data, a JSON or YAML text, or a file of one.

    Raises:
        DefinitionError: it has not the shape of a definition; it says all that is wrong, also in
            the parts that have.
        OSError: the file cannot be read.
    """
    definition = read(document)
    if definition.source.faults:
        raise DefinitionError(check(definition, registry))
    return definition


def check(definition: Definition, registry: Registry | None = None) -> tuple[Problem, ...]:
    """All problems of a definition, warnings included; empty when it is clean."""
    return examine(definition, registry or default_registry()).problems


def plan(
    definition: Definition, registry: Registry | None = None, slow: Collection[Work] = SLOW
) -> Plan:
    """The definition with every decision of the compiler taken.

    No branch waits for nodes of another one whose kind of work is `slow`.

    Raises:
        DefinitionError: the definition has problems; it says all of them.
    """
    return make_plan(examine(definition, registry or default_registry()).sound(), slow)
