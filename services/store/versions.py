"""Versions for those who run them: read once and kept, since what a version does never changes."""

from __future__ import annotations

from collections import OrderedDict

from services.store.workflows import StoredVersion, Workflows


class Versions:
    """The most recently used versions of workflows.

    Only positions, colours and pins of a stored version may change, and no run looks at those;
    whoever shows a version to people asks `Workflows`.
    """

    def __init__(self, workflows: Workflows, capacity: int) -> None:
        self._workflows = workflows
        self._capacity = capacity
        self._kept: OrderedDict[tuple[str, str, int], StoredVersion] = OrderedDict()

    async def head(self, project_id: str, workflow_id: str) -> StoredVersion | None:
        """The newest version of a workflow; its number is read anew each time."""
        number = await self._workflows.head(project_id, workflow_id)
        return None if number is None else await self.get(project_id, workflow_id, number)

    async def get(self, project_id: str, workflow_id: str, number: int) -> StoredVersion | None:
        """The version with this number."""
        key = (project_id, workflow_id, number)
        if (kept := self._kept.get(key)) is not None:
            self._kept.move_to_end(key)
            return kept
        found = await self._workflows.version(project_id, workflow_id, number)
        if found is not None:
            self._kept[key] = found
            if len(self._kept) > self._capacity:
                self._kept.popitem(last=False)
        return found
