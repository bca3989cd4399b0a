"""A run that goes on with another version of its workflow.

Versions never change, and a run stays on its own unless somebody moves it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from services.domain.control import moving
from services.domain.events.frames import from_stored
from services.domain.events.runs import RunMigrated
from services.domain.reruns.compatibility import incompatibilities
from services.domain.runs import AT_REST, Run
from services.errors import (
    Incompatibility,
    IncompatibleVersionError,
    RunIsNotAtRestError,
    VersionNotFoundError,
)
from services.store.workflows import StoredVersion
from services.usecases.retries import Compiles
from services.usecases.runs import RunUseCases
from workflow_compiler.json_schema import mismatches


@dataclass(frozen=True, slots=True)
class MigrationUseCases:
    """Moves runs that wait, or are paused, to other versions."""

    runs: RunUseCases
    compiler: Compiles

    async def migrate(self, run_id: str, number: int) -> Run:
        """Have a run go on with another version, if all that has run would have run so in it.

        Raises:
            RunNotFoundError: no such run.
            RunIsNotAtRestError: it is executed, about to be, or over.
            VersionNotFoundError: the workflow has no such version.
            IncompatibleVersionError: what has run does not fit that version.
            DefinitionError: one of the two versions does not compile any more.
            UnreadableEventError: the log of the run is not what this version writes.
        """
        run = await self.runs.get(run_id)
        if run.status not in AT_REST:
            raise RunIsNotAtRestError(run_id, run.status)
        version = await self._version(run, number)
        if number != run.version:
            event_count = await self._must_fit(run, version)
            await self.runs.journal.ask(run_id, moving(self._told(run, version), event_count))
        return await self.runs.get(run_id)

    async def _must_fit(self, run: Run, version: StoredVersion) -> int:
        """How many events of its log fit the version: all that there are.

        Raises:
            IncompatibleVersionError: some do not.
        """
        old = (await self.compiler.compiled(await self._version(run, run.version))).plan
        new = (await self.compiler.compiled(version)).plan
        stored = [entry async for entry in self.runs.log.all(run.id)]

        def compare() -> list[Incompatibility]:
            found = incompatibilities(old, new, [from_stored(entry) for entry in stored])
            return [*found, *_of_input(version, run.input)]

        if reasons := await self.runs.computing.run(compare):
            raise IncompatibleVersionError(version.version, reasons)
        return len(stored)

    def _told(self, run: Run, version: StoredVersion) -> RunMigrated:
        return RunMigrated(
            version=version.version,
            from_version=run.version,
            node_count=sum("parent" not in node for node in version.definition["nodes"]),
            at=self.runs.clock.now(),
        )

    async def _version(self, run: Run, number: int) -> StoredVersion:
        found = await self.runs.versions.get(run.project_id, run.workflow_id, number)
        if found is None:
            raise VersionNotFoundError(run.workflow_id, number)
        return found


def _of_input(version: StoredVersion, run_input: Mapping[str, Any]) -> Iterator[Incompatibility]:
    schema = version.definition.get("input_schema") or {}
    for found in mismatches(schema, dict(run_input)):
        detail = f"the run's input breaks the input_schema at {found.pointer or '/'}: "
        yield Incompatibility(code="input", detail=detail + found.message)
