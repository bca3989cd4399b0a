"""Publishing, finding and examining workflows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.computing import Computing
from services.errors import VersionNotFoundError, WorkflowNotFoundError
from services.providers.missing_secrets import missing_in
from services.providers.secrets import EnvironmentSecrets
from services.store.paging import Page
from services.store.workflows import Content, StoredVersion, StoredWorkflow, Workflows
from workflow_compiler import (
    Definition,
    DefinitionError,
    Plan,
    Problem,
    Registry,
    fingerprint,
    parse,
    plan,
)
from workflow_compiler.checks import examine
from workflow_compiler.errors import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A stored version and what there is to say about it (warnings only, since it is stored)."""

    version: StoredVersion
    problems: tuple[Problem, ...]


class WorkflowUseCases:
    """The workflows of all projects."""

    def __init__(
        self,
        workflows: Workflows,
        registry: Registry,
        secrets: EnvironmentSecrets,
        computing: Computing,
    ) -> None:
        self._workflows = workflows
        self._registry = registry
        self._secrets = secrets
        self._computing = computing

    async def publish(self, project_id: str, document: Mapping[str, Any]) -> Published:
        """Store a workflow by its name: a new one, or a new version of the one that has it.

        Raises:
            DefinitionError: the definition has problems; it says all of them.
            ProjectNotFoundError: no such project.
        """
        content, problems = await self._computing.run(lambda: self._content(project_id, document))
        version = await self._workflows.save(project_id, None, content)
        return Published(version=version, problems=problems)

    async def replace(
        self,
        project_id: str,
        workflow_id: str,
        document: Mapping[str, Any],
        *,
        expected_version: int | None = None,
    ) -> Published:
        """Publish a new version of a workflow; the same content again is the same version.

        Raises:
            DefinitionError: the definition has problems; it says all of them.
            WorkflowNotFoundError: the project has no such workflow.
            WorkflowNameTakenError: another workflow of the project has the new name.
            StaleVersionError: somebody else published since `expected_version`.
        """
        content, problems = await self._computing.run(lambda: self._content(project_id, document))
        version = await self._workflows.save(
            project_id, workflow_id, content, expected_version=expected_version
        )
        return Published(version=version, problems=problems)

    async def get(self, project_id: str, workflow_id: str) -> StoredWorkflow:
        """The workflow with this id.

        Raises:
            WorkflowNotFoundError: the project has none.
        """
        found = await self._workflows.get(project_id, workflow_id)
        if found is None:
            raise WorkflowNotFoundError(workflow_id)
        return found

    async def find(self, project_id: str, id_or_name: str) -> StoredWorkflow:
        """The workflow with this id or else this name.

        Raises:
            WorkflowNotFoundError: the project has none.
        """
        found = await self._workflows.get(project_id, id_or_name)
        found = found or await self._workflows.by_name(project_id, id_or_name)
        if found is None:
            raise WorkflowNotFoundError(id_or_name)
        return found

    async def version(
        self, project_id: str, workflow_id: str, number: int | None = None
    ) -> Published:
        """One version of a workflow, the newest by default.

        Raises:
            WorkflowNotFoundError: the project has no such workflow.
            VersionNotFoundError: the workflow has no such version.
        """
        await self.get(project_id, workflow_id)
        found = await self._workflows.version(project_id, workflow_id, number)
        if found is None:
            raise VersionNotFoundError(workflow_id, number or 0)
        return Published(version=found, problems=await self.validate(project_id, found.definition))

    async def page(
        self,
        project_id: str,
        *,
        query: str | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page[StoredWorkflow]:
        """The workflows of a project by name; `query` is part of the name.

        Raises:
            CursorError: no page gave this cursor.
        """
        return await self._workflows.page(project_id, query=query, cursor=cursor, limit=limit)

    async def validate(self, project_id: str, document: Mapping[str, Any]) -> tuple[Problem, ...]:
        """All problems of a definition in a project, warnings included."""
        return await self._computing.run(lambda: self._problems(project_id, document))

    async def plan(self, document: Mapping[str, Any]) -> Plan:
        """What a definition compiles to.

        Raises:
            DefinitionError: the definition has problems; it says all of them.
        """
        return await self._computing.run(
            lambda: plan(parse(dict(document), self._registry), self._registry)
        )

    def _problems(self, project_id: str, document: Mapping[str, Any]) -> tuple[Problem, ...]:
        try:
            return self._examined(project_id, parse(dict(document), self._registry))
        except DefinitionError as error:
            return error.problems

    def _content(
        self, project_id: str, document: Mapping[str, Any]
    ) -> tuple[Content, tuple[Problem, ...]]:
        definition = parse(dict(document), self._registry)
        problems = self._examined(project_id, definition)
        if any(problem.severity is Severity.ERROR for problem in problems):
            raise DefinitionError(problems)
        content = Content(
            name=definition.name,
            definition=definition.canonical(),
            fingerprint=fingerprint(definition, self._registry),
        )
        return content, problems

    def _examined(self, project_id: str, definition: Definition) -> tuple[Problem, ...]:
        examined = examine(definition, self._registry)
        return (*examined.problems, *missing_in(examined, self._secrets.of(project_id)))
