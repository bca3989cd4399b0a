"""Sub-runs: how they begin for the visit of another run, and how they end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, TypeVar

from services.domain.events.runs import Parent, RunPaused, RunWaiting
from services.domain.events.stops import DebugWish
from services.domain.runs import Run
from services.engine.subruns import rests
from services.errors import NestingError, VersionNotFoundError, WorkflowNotFoundError
from services.store.breakpoints import Breakpoints
from services.store.patience import patiently
from services.store.workflows import StoredWorkflow
from services.usecases.accepting import Background
from services.usecases.runs import RunUseCases
from workflow_compiler.ports import SubRun

T = TypeVar("T")

MAX_DEPTH: Final = 16
"""Runs of which each asked for the next one, the outermost included."""

_AT_REST: Final = frozenset({RunPaused.type, RunWaiting.type})
_BEYOND_ANY_LOG: Final = 2**53
_PATIENCE_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class SubRunUseCases:
    """What the engine asks for when a node of a run wants another run.

    It may ask for all of it more than once, so it waits for a database that is away for a moment:
    that is no error of the node.
    """

    runs: RunUseCases
    kept: Breakpoints

    async def begin(self, parent: Run, wanted: SubRun, debug: DebugWish | None) -> Run:
        """The sub-run of an attempt: one that its visit has already, or a new one.

        After a crash it is the same one, however it stands by then; only after a failed attempt it
        is another one. One that is debugged begins with the breakpoints kept with its workflow.

        Raises:
            WorkflowNotFoundError: the project has no workflow of this id or name.
            VersionNotFoundError: the workflow has no such version.
            InputError: the input breaks the workflow's `input_schema`.
            NestingError: an ancestor executes the same workflow, or there are too many of them.
        """
        return await _surely(lambda: self._begun(parent, wanted, debug))

    async def get(self, run_id: str) -> Run:
        """A run as it stands now."""
        return await _surely(lambda: self.runs.get(run_id))

    async def due_at(self, run_id: str) -> datetime | None:
        """When a run that rests goes on by itself, if it does."""
        return await _surely(lambda: self.runs.store.due_at(run_id))

    async def cancel(self, run_id: str, reason: str) -> Run:
        """Ask a run to stop.

        Raises:
            RunIsOverError: it has reached its end.
        """
        return await _surely(lambda: self.runs.cancel(run_id, reason))

    async def ended(self, run_id: str) -> Run:
        """A run at its end, whichever process brings it there."""
        return await _surely(lambda: self._ended(run_id))

    async def left(self, run_id: str) -> Run:
        """A run at its end or at rest, whichever process leaves it there."""
        return await _surely(lambda: self._left(run_id))

    async def _begun(self, parent: Run, wanted: SubRun, debug: DebugWish | None) -> Run:
        key = _key(parent, wanted)
        begun = await self.runs.store.by_idempotency_key(parent.project_id, key)
        if begun is not None:
            return begun
        workflow = await self._workflow(parent.project_id, wanted.workflow)
        await self._must_end(parent, workflow)
        if debug is not None:
            debug = replace(debug, breakpoints=await self.kept.of(workflow.id))
        place = Parent(
            run_id=parent.id, node_id=wanted.node_id, path=wanted.path, visit=wanted.visit
        )
        try:
            return await self.runs.create(
                parent.project_id,
                workflow.id,
                wanted.input,
                version=wanted.version,
                idempotency_key=key,
                background=Background(origin=place, debug=debug),
            )
        except VersionNotFoundError as error:  # people know its name
            raise VersionNotFoundError(workflow.name, error.version) from error

    async def _ended(self, run_id: str) -> Run:
        run = await self.runs.get(run_id)
        if run.is_over:
            return run
        async with self.runs.watch(run_id, _BEYOND_ANY_LOG) as frames:
            async for _ in frames:
                pass
        return await self.runs.get(run_id)

    async def _left(self, run_id: str) -> Run:
        run = await self.runs.get(run_id)
        if run.is_over or rests(run):
            return run
        async with self.runs.watch(run_id, run.event_count) as frames:
            async for frame in frames:
                if frame.type in _AT_REST:
                    break
        return await self.runs.get(run_id)

    async def _workflow(self, project_id: str, id_or_name: str) -> StoredWorkflow:
        workflows = self.runs.workflows
        found = await workflows.get(project_id, id_or_name)
        found = found or await workflows.by_name(project_id, id_or_name)
        if found is None:
            raise WorkflowNotFoundError(id_or_name)
        return found

    async def _must_end(self, parent: Run, workflow: StoredWorkflow) -> None:
        """Runs that ask for one another without end are refused.

        Raises:
            NestingError: an ancestor executes the same workflow, or there are too many of them.
        """
        line = await self._line(parent)
        if any(ancestor.workflow_id == workflow.id for ancestor in line):
            why = "it would run itself again"
        elif len(line) >= MAX_DEPTH:
            why = f"more than {MAX_DEPTH} runs would be nested"
        else:
            return
        names = [await self._name(ancestor) for ancestor in line]
        raise NestingError([*names, workflow.name], why)

    async def _line(self, run: Run) -> list[Run]:
        """The run and its ancestors, the outermost first."""
        line = [run]
        while line[0].parent_run_id is not None:
            line.insert(0, await self.runs.get(line[0].parent_run_id))
        return line

    async def _name(self, run: Run) -> str:
        found = await self.runs.workflows.get(run.project_id, run.workflow_id)
        return found.name if found else run.workflow_id


async def _surely(ask: Callable[[], Awaitable[T]]) -> T:
    return await patiently(ask, _PATIENCE_SECONDS)


def _key(parent: Run, wanted: SubRun) -> str:
    """One for each sub-run of a visit; no client's key is like it: headers have no line breaks."""
    place = (parent.id, wanted.path, wanted.node_id, wanted.visit, wanted.failures)
    return "\n".join(map(str, ("sub-run", *place)))
