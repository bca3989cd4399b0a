"""Finds definitions that name secrets which are not there, before a run does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from services.providers.secrets import EnvironmentSecrets
from services.store.paging import every
from services.store.projects import Projects
from services.store.workflows import StoredWorkflow, Workflows
from workflow_compiler import DefinitionError, Registry, parse, plan


async def missing_secrets(
    projects: Projects, workflows: Workflows, registry: Registry, secrets: EnvironmentSecrets
) -> AsyncIterator[tuple[str, str]]:
    """Workflows of all projects, each with the names that their newest versions would not find."""
    async for project in every(lambda cursor: projects.page(cursor=cursor, limit=200)):
        async for workflow in _of(workflows, project.id):
            found = await workflows.version(project.id, workflow.id)
            named = frozenset[str]() if found is None else _named(found.definition, registry)
            if lacking := secrets.of(project.id).lacks(named):
                yield f"{project.id}/{workflow.name}", ", ".join(lacking)


def _of(workflows: Workflows, project_id: str) -> AsyncIterator[StoredWorkflow]:
    return every(lambda cursor: workflows.page(project_id, cursor=cursor, limit=200))


def _named(definition: Mapping[str, Any], registry: Registry) -> frozenset[str]:
    """The secrets that a definition names; none where it does not compile here."""
    try:
        nodes = plan(parse(dict(definition), registry), registry).nodes
    except DefinitionError:
        return frozenset()
    return frozenset[str]().union(*(node.config.secrets for node in nodes))
