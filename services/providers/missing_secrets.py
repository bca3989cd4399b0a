"""Says of a definition that it names secrets which are not there, before a run does."""

from __future__ import annotations

from collections.abc import Iterator

from services.providers.secrets import PREFIX, ProjectSecrets
from workflow_compiler import Problem
from workflow_compiler.checks import Examined
from workflow_compiler.errors import Severity


def missing_in(examined: Examined, secrets: ProjectSecrets) -> Iterator[Problem]:
    """A warning for each node that names a secret which this process could not send now."""
    subject = examined.subject
    for bound in subject.nodes:
        named = bound.config.secrets if bound.config is not None else ()
        for name in secrets.lacks(named):
            problem = Problem(
                code="missing-secret",
                message=f"there is no secret {name!r} here now",
                pointer=f"{bound.pointer}/config",
                severity=Severity.WARNING,
                node_id=bound.node.id,
                hint=f"whoever executes the run needs {PREFIX}{name}, with 8 characters or more",
            )
            yield subject.definition.source.locate(problem)
