"""The plans of stored versions, for those who look at runs and execute nothing."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from services.computing import Computing
from services.domain.runs import Run
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
        version = await self.version(run)
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
