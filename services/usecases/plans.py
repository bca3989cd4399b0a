"""The plans of stored versions, for those who look at runs and execute nothing."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from services.computing import Computing
from services.domain.runs import Run
from services.errors import VersionNotFoundError
from services.store.versions import Versions
from services.store.workflows import StoredVersion
from workflow_compiler import Plan, Registry, parse, plan

CAPACITY: Final = 64
"""Plans that are kept; making one of a thousand nodes takes some tenths of a second."""


class Plans:
    """The most recently used plans, by fingerprint."""

    def __init__(self, versions: Versions, registry: Registry, computing: Computing) -> None:
        self._versions = versions
        self._registry = registry
        self._computing = computing
        self._kept: OrderedDict[str, Plan] = OrderedDict()

    async def version(self, run: Run) -> StoredVersion:
        """The version that a run executes."""
        found = await self._versions.get(run.project_id, run.workflow_id, run.version)
        assert found is not None, "a run holds on to its version"  # noqa: S101
        return found

    async def of(self, run: Run) -> Plan:
        """The plan of a run.

        Raises:
            DefinitionError: what was valid when it was stored is not any more, because a node
                type or a function is gone.
        """
        return await self._of(await self.version(run))

    async def at(self, project_id: str, workflow_id: str, number: int) -> Plan:
        """The plan of a version of a workflow.

        Raises:
            VersionNotFoundError: the workflow has no such version.
            DefinitionError: it cannot be compiled any more.
        """
        version = await self._versions.get(project_id, workflow_id, number)
        if version is None:
            raise VersionNotFoundError(workflow_id, number)
        return await self._of(version)

    async def newest(self, project_id: str, workflow_id: str) -> Plan:
        """The plan of the newest version of a workflow that there is.

        Raises:
            DefinitionError: it cannot be compiled any more.
        """
        version = await self._versions.head(project_id, workflow_id)
        assert version is not None, "a workflow has a version"  # noqa: S101
        return await self._of(version)

    async def _of(self, version: StoredVersion) -> Plan:
        if (kept := self._kept.get(version.fingerprint)) is not None:
            self._kept.move_to_end(version.fingerprint)
            return kept
        made = await self._computing.run(lambda: self._made(version))
        self._kept[version.fingerprint] = made
        if len(self._kept) > CAPACITY:
            self._kept.popitem(last=False)
        return made

    def _made(self, version: StoredVersion) -> Plan:
        return plan(parse(dict(version.definition), self._registry), self._registry)
