"""Debugging a run: where it stops, what is changed there, and how it goes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from services.domain.bodies import Bodies
from services.domain.breaking import checked
from services.domain.commands import (
    Edit,
    Where,
    breaking,
    continuing,
    editing,
    found_stop,
    leaving,
    marking,
    releasing,
    step_by_step,
)
from services.domain.control import Decide
from services.domain.debugging import NOT_DEBUGGED, Debugging, Stop
from services.domain.edits import Edits
from services.domain.events import NodeStarted
from services.domain.fitting import misfits
from services.domain.frames import StoredEvent, from_stored
from services.domain.runs import Run, RunStatus
from services.domain.stops import Breakpoint, Going, NodePaused, Place, Position, Target
from services.errors import (
    BreakpointError,
    EditError,
    RunNotStartedError,
    WorkflowNotFoundError,
)
from services.ports import Ids
from services.store.breakpoints import Breakpoints
from services.usecases.plans import Plans
from services.usecases.runs import RunUseCases
from workflow_compiler import Plan
from workflow_compiler.debugging import ABSENT, Changes


@dataclass(frozen=True, slots=True, kw_only=True)
class Halt:
    """A visit that has stopped, what it said of that, and what somebody has changed since."""

    stop: Stop
    seq: int
    told: NodePaused
    changes: Changes

    @property
    def input(self) -> Any:
        """What it would begin with or has begun with, as somebody changed it."""
        return self.told.input if self.changes.input is ABSENT else self.changes.input

    @property
    def output(self) -> Any:
        """What its work came to or is to come to, as somebody changed it."""
        return self.told.output if self.changes.output is ABSENT else self.changes.output

    @property
    def variables(self) -> Mapping[str, Any]:
        """The values that somebody gave to variables."""
        return {name: value for name, value, *_ in self.changes.writes}


@dataclass(frozen=True, slots=True, kw_only=True)
class Debugged:
    """How a run is being debugged."""

    run: Run
    debugging: Debugging
    halts: tuple[Halt, ...]


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
    kept: Breakpoints
    ids: Ids

    async def get(self, run_id: str) -> Debugged:
        """How a run is being debugged: its breakpoints, and what has stopped where.

        Raises:
            RunNotFoundError: no such run.
        """
        run = await self.runs.get(run_id)
        debugging = run.debugging or NOT_DEBUGGED
        halts = await self._halts(run_id, debugging.stops)
        return Debugged(run=run, debugging=debugging, halts=halts)

    async def set_breakpoints(
        self, run_id: str, breakpoints: Sequence[Breakpoint]
    ) -> tuple[Breakpoint, ...]:
        """Have these breakpoints in a run and no others, from now on.

        Raises:
            RunNotFoundError: no such run.
            RunIsOverError: it has reached its end.
            RunIsStoppingError: somebody has cancelled it.
            BreakpointError: they name what is not there, or a condition is wrong.
        """
        run = await self.runs.get(run_id)
        wanted = await self.checked(await self.plans.of(run), breakpoints)
        await self._ask(run_id, breaking(lambda _: wanted, self.runs.clock.now()))
        return wanted

    async def put_breakpoint(self, run_id: str, breakpoint_: Breakpoint) -> Breakpoint:
        """Add a breakpoint to a run, or change the one with its id; without an id it gets one.

        Raises:
            ServiceError: what `set_breakpoints` raises.
        """
        run = await self.runs.get(run_id)
        (wanted,) = await self.checked(await self.plans.of(run), [breakpoint_])

        def put(before: tuple[Breakpoint, ...]) -> Sequence[Breakpoint]:
            others = [wanted if b.id == wanted.id else b for b in before]
            return others if wanted in others else [*others, wanted]

        await self._ask(run_id, breaking(put, self.runs.clock.now()))
        return wanted

    async def remove_breakpoint(self, run_id: str, breakpoint_id: str) -> None:
        """Have a run without a breakpoint; nothing happens where it has none with this id.

        Raises:
            RunNotFoundError: no such run.
            RunIsOverError: it has reached its end.
            RunIsStoppingError: somebody has cancelled it.
        """

        def remove(before: tuple[Breakpoint, ...]) -> Sequence[Breakpoint]:
            return [b for b in before if b.id != breakpoint_id]

        await self._ask(run_id, breaking(remove, self.runs.clock.now()))

    async def kept_breakpoints(self, project_id: str, workflow_id: str) -> tuple[Breakpoint, ...]:
        """The breakpoints that are kept with a workflow.

        Raises:
            WorkflowNotFoundError: the project has no such workflow.
        """
        await self._must_be_there(project_id, workflow_id)
        return await self.kept.of(workflow_id)

    async def keep_breakpoints(
        self, project_id: str, workflow_id: str, breakpoints: Sequence[Breakpoint]
    ) -> tuple[Breakpoint, ...]:
        """Keep these breakpoints with a workflow and no others; debugged runs begin with them.

        Raises:
            WorkflowNotFoundError: the project has no such workflow.
            BreakpointError: they name what its newest version has not, or a condition is wrong.
        """
        await self._must_be_there(project_id, workflow_id)
        plan = await self.plans.newest(project_id, workflow_id)
        wanted = await self.checked(plan, breakpoints)
        await self.kept.keep(workflow_id, wanted)
        return wanted

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
        run = await self._begun(run_id)
        await self._unhold_tree(run)
        if where is None and _is_between(run):
            await self._ask(run_id, step_by_step(self.runs.clock.now()))
        else:
            now = self.runs.clock.now()
            await self._ask(run_id, releasing(where or Where(), going, now, again=again))
        return await self._sent(run_id)

    async def step_out(self, run_id: str, where: Where | None = None) -> Run:
        """Let the body go on in which a visit has stopped, and stop after its container.

        Outside of all containers, a sub-run goes on and its parent stops after it; any other run
        just goes on.

        Raises:
            ServiceError: what `step` raises.
        """
        run = await self._begun(run_id)
        await self._unhold_tree(run)
        stop = found_stop(run, where or Where())
        bodies = Bodies(await self.plans.of(run))
        around = bodies.around(stop.place.node_id, stop.place.path)
        if around:
            container = around[-1].container

            def is_inside(other: Stop) -> bool:
                inside = bodies.around(other.place.node_id, other.place.path)
                return any(body.container == container for body in inside)

            now = self.runs.clock.now()
            await self._ask(run_id, leaving(Place.of(container), is_inside, now))
            return await self._sent(run_id)
        if (parent := _parent_of(run)) is not None:
            await self._ask(parent[0], marking(parent[1], self.runs.clock.now()))
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
        await self.checked(await self.plans.of(run), [Breakpoint(id="", node_id=node_id)])
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
        await self._ask(run_id, editing(exactly, given.edits(), self.runs.clock.now()))
        return await self.runs.get(run_id)

    async def skip(
        self, run_id: str, where: Where | None, output: Any, going: Going = Going.OVER
    ) -> Run:
        """Have a stopped visit come to an output without doing its work, and go on.

        Raises:
            ServiceError: what `edit` raises.
        """
        run = await self._begun(run_id)
        place = found_stop(run, where or Where()).place
        exactly = Where.of(place)
        await self.edit(run_id, exactly, Given(changes={Target.OUTPUT: output}))
        return await self.step(run_id, exactly, going)

    async def _continue(self, run_id: str, until: str | None) -> Run:
        run = await self._begun(run_id)
        await self._unhold_tree(run)
        await self._ask(run_id, continuing(self.runs.clock.now(), until))
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
                await self._ask(other, step_by_step(self.runs.clock.now()))

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

    async def _ask(self, run_id: str, decide: Decide) -> None:
        await self.runs.journal.ask(run_id, decide)
        self.runs.dispatcher.tell(run_id)

    async def checked(
        self, plan: Plan, breakpoints: Sequence[Breakpoint]
    ) -> tuple[Breakpoint, ...]:
        """These breakpoints, each with an id.

        Raises:
            BreakpointError: they name what the plan has not, or a condition is wrong.
        """
        named = [b if b.id else replace(b, id=self.ids.new()) for b in breakpoints]
        if problems := await self.runs.computing.run(lambda: checked(plan, named)):
            raise BreakpointError(problems)
        return tuple(named)

    async def _must_be_there(self, project_id: str, workflow_id: str) -> None:
        if await self.runs.workflows.head(project_id, workflow_id) is None:
            raise WorkflowNotFoundError(workflow_id)

    async def _halts(self, run_id: str, stops: Sequence[Stop]) -> tuple[Halt, ...]:
        told = [(stop, await self._told(run_id, stop)) for stop in stops]
        since = min((seq for _, (seq, _) in told), default=0)
        asked = await self.runs.log.commands_after(run_id, since) if told else ()
        return tuple(
            Halt(stop=stop, seq=seq, told=event, changes=_changes(stop, seq, asked))
            for stop, (seq, event) in told
        )

    async def _told(self, run_id: str, stop: Stop) -> tuple[int, NodePaused]:
        """Where the log tells of a stop, and what; with the input that the visit began with."""
        entry = await self.runs.log.last_of(run_id, stop.place.key, NodePaused.type)
        assert entry is not None, "a stop and its entry are written together"  # noqa: S101
        told = from_stored(entry)
        assert isinstance(told, NodePaused), "it was asked for by its type"  # noqa: S101
        if stop.position is not Position.BEFORE:
            told = replace(told, input=await self._begun_with(run_id, stop.place))
        return entry.seq or 0, told

    async def _begun_with(self, run_id: str, place: Place) -> Any:
        """The input with which a visit began."""
        entry = await self.runs.log.last_of(run_id, place.key, NodeStarted.type)
        event = from_stored(entry) if entry is not None else None
        return event.input if isinstance(event, NodeStarted) else None


def _changes(stop: Stop, seq: int, asked: Sequence[StoredEvent]) -> Changes:
    """What was changed of a visit since it stopped there."""
    edits = Edits()
    for entry in asked:
        if (entry.seq or 0) > seq:
            edits.take(from_stored(entry))
    return edits.of(stop.place.key, stop.position)


def _is_between(run: Run) -> bool:
    """Whether a run was paused where no visit was about to begin."""
    has_stops = run.debugging is not None and bool(run.debugging.stops)
    return not has_stops and (run.is_held or run.status is RunStatus.PAUSED)


def _parent_of(run: Run) -> tuple[str, Place] | None:
    if run.parent_run_id is None:
        return None
    place = Place(
        node_id=run.parent_node_id or "", path=run.parent_path or "", visit=run.parent_visit or 1
    )
    return run.parent_run_id, place


def _must_fit(plan: Plan, node_id: str, given: Given) -> None:
    """Refuse an input that the node's type does not take, and variables that are not declared.

    Raises:
        EditError: one of them.
    """
    for _, detail in misfits(plan, node_id, given.edits()):
        raise EditError(node_id, detail)
