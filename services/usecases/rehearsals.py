"""Runs as regression tests: recorded from the log of a run, played without database or network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.domain.chronicle import Chronicle
from services.domain.debug.recording import (
    Expectations,
    Origin,
    RecordedPins,
    Recording,
    expectations_of,
    pins_of,
)
from services.domain.debug.verdict import Mismatch, mismatches
from services.domain.runs import Run, RunStatus
from services.engine.rehearsal import Rehearsal, offstage
from services.errors import NotRecordableError
from services.usecases.looks import LookUseCases
from workflow_compiler import Plan, Registry, compile_workflow, parse
from workflow_compiler.pinning import pinnable
from workflow_compiler.ports import SystemClock, WallClock


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed:
    """What came of a recording: the log of its rehearsal, and what was not as expected."""

    plan: Plan
    chronicle: Chronicle
    mismatches: tuple[Mismatch, ...]

    @property
    def expectations(self) -> Expectations:
        """What would be as expected."""
        run = self.chronicle.run
        return expectations_of(self.plan, run.status, run.output, run.error, self.chronicle.visits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A recording, and what was left out of its expectations: a rehearsal does it otherwise."""

    recording: Recording
    left_out: tuple[Mismatch, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalUseCases:
    """Recordings of the runs of all projects."""

    looks: LookUseCases
    registry: Registry
    clock: WallClock

    async def record(self, run_id: str) -> Recorded:
        """A run that has ended as a regression test.

        Raises:
            RunNotFoundError: no such run.
            NotRecordableError: it has not ended, was cancelled, or somebody changed it who
                debugged it.
            DefinitionError: its version cannot be read any more.
            UnreadableEventError: the log is not what this version writes.
        """
        run = await self.looks.store.require(run_id)
        if run.status not in {RunStatus.COMPLETED, RunStatus.FAILED}:
            raise NotRecordableError(run_id, run.status)
        version = await self.looks.plans.version(run)
        plan = await self.looks.plans.of(run)
        unfolding = await self.looks.unfolded(run)
        if unfolding.chronicle.is_edited:
            raise NotRecordableError(run_id, run.status, edited=True)
        visits, first = unfolding.chronicle.visits, dict(unfolding.first_variables)
        recording = Recording(
            name=version.definition["name"],
            origin=Origin(run_id=run.id, version=run.version, recorded_at=self.clock.now()),
            definition=dict(version.definition),
            input=dict(run.input),
            **({"variables": first} if first else {}),
            pins=pins_of(plan, visits),
            expect=expectations_of(plan, run.status, run.output, run.error, visits),
        )
        return _certain(recording, await rehearse(recording, version.definition, self.registry))


async def rehearse(
    recording: Recording, definition: Mapping[str, Any], registry: Registry
) -> Rehearsed:
    """Play a recording and hold the outcome against what it expects.

    Raises:
        DefinitionError: the definition cannot be used.
    """
    asking = pinnable(registry)
    compiled = compile_workflow(parse(dict(definition), asking), asking)
    run = Run(
        id=recording.origin.run_id,
        project_id="",
        workflow_id="",
        version=recording.origin.version,
        created_at=SystemClock().now(),
    )
    world = offstage(RecordedPins(recording.pins))
    chronicle = await Rehearsal(compiled, run, world).play(recording.input, recording.variables)
    found = mismatches(recording.expect, compiled.plan, chronicle.run, chronicle.visits)
    return Rehearsed(plan=compiled.plan, chronicle=chronicle, mismatches=found)


def _certain(recording: Recording, rehearsed: Rehearsed) -> Recorded:
    """Without what chance decided: who was cancelled beside a failure, and what followed of it."""
    uncertain = {wrong.visit for wrong in rehearsed.mismatches}
    paths = any(wrong.edge is not None for wrong in rehearsed.mismatches)
    expect = recording.expect
    visits = tuple(visit for visit in expect.visits if visit.key not in uncertain)
    changed = {"visits": visits} | ({"edges": None} if paths else {})
    kept = expect.model_copy(update=changed)
    return Recorded(
        recording=recording.model_copy(update={"expect": kept}), left_out=rehearsed.mismatches
    )
