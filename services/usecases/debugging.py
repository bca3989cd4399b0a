"""Debugging a run: where it stops, what is changed there, and how it goes on."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from services.domain.bodies import Bodies
from services.domain.debug.commands import (
    Edit,
    Where,
    continuing,
    editing,
    found_stop,
    leaving,
    marking,
    releasing,
    skipping,
    step_by_step,
)
from services.domain.debug.fitting import misfits
from services.domain.debugging import NOT_DEBUGGED, Debugging, Stop
from services.domain.events.stops import Breakpoint, Going, Place, Target
from services.domain.family import asked_by
from services.domain.runs import Run, RunStatus
from services.errors import (
    ConflictError,
    EditError,
    RunNotStartedError,
)
from services.usecases.breakpoints import BreakpointUseCases, ask
from services.usecases.plans import Plans
from services.usecases.runs import RunUseCases
from services.usecases.stopped import StoppedVisit, StoppedVisits
from workflow_compiler import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Debugged:
    """How a run is being debugged."""

    run: Run
    debugging: Debugging
    stopped: tuple[StoppedVisit, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What somebody wants a stopped visit to go on with; what is not in `changes` stays.

    `changes` may hold `input` and `output`; `variables` are new values by name.
    """

    changes: Mapping[Target, Any] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)

    def edits(self) -> list[Edit]:
        """The same, one by one."""
        edits = [Edit(target=target, value=value) for target, value in self.changes.items()]
        variables = (
            Edit(target=Target.VARIABLE, name=name, value=value)
            for name, value in self.variables.items()
        )
        return [*edits, *variables]


@dataclass(frozen=True, slots=True, kw_only=True)
class DebugUseCases:
    """What there is to do with a run that is debugged, whichever process executes it."""

    runs: RunUseCases
    plans: Plans
    breakpoints: BreakpointUseCases

    async def get(self, run_id: str) -> Debugged:
        """How a run is being debugged: its breakpoints, and what has stopped where.

        Raises:
            RunNotFoundError: no such run.
        """
        run = await self.runs.get(run_id)
        stopped = await StoppedVisits(self.runs.log).of(run)
        return Debugged(run=run, debugging=run.debugging or NOT_DEBUGGED, stopped=stopped)

    async def step(
        self,
        run_id: str,
        where: Where | None = None,
        going: Going = Going.OVER,
        *,
        again: bool = False,
    ) -> Run:
        """Let one stopped visit go on, and stop at what follows it; all else stays as it is.

        Where nothing has stopped since the run was paused between two visits, what comes next
        stops. `again` tries once more what has failed.

        Raises:
            RunNotFoundError: no such run.
            RunIsOverError: it has reached its end.
            RunIsStoppingError: somebody has cancelled it.
            RunNotStartedError: nobody has had it executed.
            NotStoppedError: no such visit has stopped.
            SeveralStopsError: several have, and it is not said which is meant.
        """
        run, now = await self._begun(run_id), self.runs.clock.now()
        if where is None and _is_between(run):
            asked = step_by_step(now)
        else:
            found_stop(run, where or Where())  # what is refused must leave the tree as it is
            asked = releasing(where or Where(), going, now, again=again)
        await self._unhold_tree(run)
        await ask(self.runs, run_id, asked)
        return await self._sent(run_id)

    async def step_out(self, run_id: str, where: Where | None = None) -> Run:
        """Let the body go on in which a visit has stopped, and stop after its container.

        Outside of all containers, a sub-run goes on and its parent stops after it; any other run
        just goes on.

        Raises:
            ServiceError: what `step` raises.
        """
        run = await self._begun(run_id)
        stop = found_stop(run, where or Where())
        await self._unhold_tree(run)
        bodies = Bodies(await self.plans.of(run))
        around = bodies.around(stop.place.node_id, stop.place.path)
        if around:
            container = around[-1].container

            def is_inside(other: Stop) -> bool:
                inside = bodies.around(other.place.node_id, other.place.path)
                return any(body.container == container for body in inside)

            now = self.runs.clock.now()
            await ask(self.runs, run_id, leaving(Place.of(container), is_inside, now))
            return await self._sent(run_id)
        if run.parent_run_id is not None:
            after = marking(asked_by(run), self.runs.clock.now())
            await ask(self.runs, run.parent_run_id, after)
        return await self.go_on(run_id)

    async def go_on(self, run_id: str, where: Where | None = None) -> Run:
        """Let a stopped visit go on (all of them where none is named), up to a breakpoint.

        Raises:
            ServiceError: what `step` raises.
        """
        if where is not None:
            return await self.step(run_id, where, Going.CONTINUE)
        return await self._continue(run_id, None)

    async def run_to(self, run_id: str, node_id: str) -> Run:
        """Let all go on that has stopped, and stop once before a node.

        Raises:
            ServiceError: what `step` raises.
            BreakpointError: the run has no such node.
        """
        run = await self.runs.get(run_id)
        await self.breakpoints.checked(
            await self.plans.of(run), [Breakpoint(id="", node_id=node_id)]
        )
        return await self._continue(run_id, node_id)

    async def edit(self, run_id: str, where: Where | None, given: Given) -> Run:
        """Change what a stopped visit goes on with; it stays where it is.

        An `output` stands for its work; at a visit that has failed it stands for what it should
        have come to, and an `input` has it try again. Variables have their new values for this
        visit and all that comes after it.

        Raises:
            ServiceError: what `step` raises.
            EditError: it cannot go on with that.
        """
        run = await self._begun(run_id)
        stop = found_stop(run, where or Where())
        plan = await self.plans.of(run)
        _must_fit(plan, stop.place.node_id, given)
        exactly = Where.of(stop.place)
        await ask(self.runs, run_id, editing(exactly, given.edits(), self.runs.clock.now()))
        return await self.runs.get(run_id)

    async def skip(
        self, run_id: str, where: Where | None, output: Any, going: Going = Going.OVER
    ) -> Run:
        """Have a stopped visit come to an output without doing its work, and go on.

        Raises:
            ServiceError: what `step` raises.
        """
        run = await self._begun(run_id)
        exactly = Where.of(found_stop(run, where or Where()).place)
        await self._unhold_tree(run)
        await ask(self.runs, run_id, skipping(exactly, output, going, self.runs.clock.now()))
        return await self._sent(run_id)

    async def _continue(self, run_id: str, until: str | None) -> Run:
        run = await self._begun(run_id)
        await self._unhold_tree(run)
        await ask(self.runs, run_id, continuing(self.runs.clock.now(), until))
        return await self._sent(run_id)

    async def _begun(self, run_id: str) -> Run:
        run = await self.runs.get(run_id)
        if run.status is RunStatus.PENDING and not run.is_held:
            raise RunNotStartedError(run_id)
        return run

    async def _unhold_tree(self, run: Run) -> None:
        """Where a whole tree of runs was paused, its other runs go on step by step with this one.

        They are asked from the top: who executes a run executes its sub-runs in its place.
        """
        if not run.is_held:
            return
        root = await self.runs.store.root_of(run.id)
        for other in await self._alive(root):
            if other != run.id and (await self.runs.get(other)).is_held:
                with suppress(ConflictError):  # it has come to its end meanwhile
                    await ask(self.runs, other, step_by_step(self.runs.clock.now()))

    async def _alive(self, run_id: str) -> list[str]:
        """A run and its descendants that are not over, each before its own."""
        found = [run_id]
        for known in found:
            found.extend(await self.runs.store.children(known))
        return found

    async def _sent(self, run_id: str) -> Run:
        """The run, of which whoever executes it has heard that it goes on."""
        self.runs.dispatcher.hold(run_id, is_held=False)
        self.runs.dispatcher.send(await self.runs.store.root_of(run_id))
        return await self.runs.get(run_id)


def _is_between(run: Run) -> bool:
    """Whether a run was paused where no visit was about to begin."""
    has_stops = run.debugging is not None and bool(run.debugging.stops)
    return not has_stops and (run.is_held or run.status is RunStatus.PAUSED)


def _must_fit(plan: Plan, node_id: str, given: Given) -> None:
    """Refuse an input that the node's type does not take, and variables that are not declared.

    Raises:
        EditError: some of them.
    """
    found = misfits(plan, node_id, given.edits())
    if reasons := {f"/{where}": detail for where, detail in found}:
        raise EditError(node_id, reasons)
