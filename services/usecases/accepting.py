"""What run somebody asks for, and its first event if it may be had."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

from pydantic_core import to_jsonable_python

from services.computing import Computing
from services.domain.debug.pins import pins_in
from services.domain.events.runs import Parent, RunCreated
from services.domain.events.stops import DebugWish
from services.domain.reruns.going_on import Taken
from services.domain.runs import Run
from services.domain.threads import Joining
from services.errors import (
    InputError,
    InputProblem,
    VersionNotFoundError,
    WorkflowNotFoundError,
)
from services.ports import Ids
from services.store.versions import Versions
from services.store.workflows import StoredVersion, Workflows
from services.telemetry.carrying import carried
from workflow_compiler.json_schema import mismatches
from workflow_compiler.ports import WallClock

Origin: TypeAlias = Parent | Taken
"""What a run is there for, if not for a client: a visit of another run, or to go on from one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Background:
    """What stands behind a run beside its input: its origin, its thread, how it is debugged.

    A run that is `joining` a thread comes onto it as `RunUseCases.join` has it.
    """

    origin: Origin | None = None
    joining: Joining | None = None
    debug: DebugWish | None = None


NOTHING_BEHIND_IT: Final = Background()


@dataclass(frozen=True, slots=True)
class RunRequest:
    """Which run a client asks for."""

    workflow_id: str
    version: int | None
    run_input: Mapping[str, Any]
    origin: Origin | None = None
    joining: Joining | None = None
    debug: DebugWish | None = None

    @property
    def taken(self) -> Taken | None:
        """What it takes over from another run, if it goes on from one."""
        return self.origin if isinstance(self.origin, Taken) else None

    @property
    def thread_id(self) -> str | None:
        """The thread that the run is to be on; None for one of its own."""
        return None if self.joining is None else self.joining.thread_id

    @property
    def run_id(self) -> str | None:
        """The id that the run is to have; None for any."""
        return None if self.joining is None else self.joining.run_id

    @property
    def variables(self) -> Mapping[str, Any] | None:
        """What the run begins with; None for what is left on its thread."""
        return None if self.joining is None else self.joining.variables

    def is_of(self, run: Run) -> bool:
        """Whether it is the request that this run came from.

        Without a version the newest is wanted, and which one that was only the run tells.
        """
        return (
            self.workflow_id == run.workflow_id
            and (self.taken and self.taken.source.run_id) == run.source_run_id
            and self.version in {None, run.version}
            and (self.thread_id or run.id) == run.thread_id
            and _exactly(self.run_input) == _exactly(run.input)
        )


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Makes runs of what is asked for; whoever has it made writes it."""

    workflows: Workflows
    versions: Versions
    clock: WallClock
    ids: Ids
    computing: Computing

    async def accept(self, project_id: str, wanted: RunRequest) -> tuple[Run, RunCreated]:
        """A new run of what is wanted, with its first event.

        Raises:
            WorkflowNotFoundError: the project has no such workflow.
            VersionNotFoundError: the workflow has no such version.
            InputError: the input breaks the workflow's `input_schema`.
        """
        version = await self._version(project_id, wanted.workflow_id, wanted.version)
        if schema := version.definition.get("input_schema"):
            await self.computing.run(lambda: _check_input(schema, wanted.run_input))
        now = self.clock.now()
        run = Run(
            id=wanted.run_id or self.ids.new(),
            project_id=project_id,
            workflow_id=wanted.workflow_id,
            version=version.version,
            created_at=now,
        )
        event = RunCreated(
            workflow_id=wanted.workflow_id,
            version=version.version,
            input=wanted.run_input,
            node_count=sum("parent" not in node for node in version.definition["nodes"]),
            parent=wanted.origin if isinstance(wanted.origin, Parent) else None,
            source=wanted.taken.source if wanted.taken is not None else None,
            thread_id=wanted.thread_id,
            variables=wanted.variables,
            debug=wanted.debug and _with_pins(wanted.debug, version.definition),
            traceparent=carried(),
            at=now,
        )
        return run, event

    async def _version(
        self, project_id: str, workflow_id: str, number: int | None
    ) -> StoredVersion:
        if number is None:
            found = await self.versions.head(project_id, workflow_id)
        else:
            found = await self.versions.get(project_id, workflow_id, number)
        if found is not None:
            return found
        if number is None or await self.workflows.head(project_id, workflow_id) is None:
            raise WorkflowNotFoundError(workflow_id)
        raise VersionNotFoundError(workflow_id, number)


def _exactly(run_input: Mapping[str, Any]) -> str:
    """An input as text that differs where JSON does: for Python `1`, `1.0` and `true` are equal."""
    return json.dumps(to_jsonable_python(dict(run_input)), sort_keys=True)


def _check_input(schema: Mapping[str, Any], run_input: Mapping[str, Any]) -> None:
    problems = [
        InputProblem(pointer=found.pointer, code=found.code, detail=found.message)
        for found in mismatches(schema, dict(run_input))
    ]
    if problems:
        raise InputError(problems)


def _with_pins(debug: DebugWish, definition: Mapping[str, Any]) -> DebugWish:
    """The outputs that the definition pins hold where nobody has pinned something else."""
    return replace(debug, pins=(*debug.pins, *pins_in(definition)))
