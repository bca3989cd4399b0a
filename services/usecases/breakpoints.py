"""The breakpoints of runs, and those that are kept with a workflow for its next runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.domain.control import Decide
from services.domain.debug.breaking import checked
from services.domain.debug.commands import breaking
from services.domain.events.stops import Breakpoint
from services.errors import BreakpointError, WorkflowNotFoundError
from services.ports import Ids
from services.store.breakpoints import Breakpoints
from services.usecases.plans import Plans
from services.usecases.runs import RunUseCases
from workflow_compiler import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """A breakpoint that a run has now; `is_new`: it had none with this id."""

    breakpoint: Breakpoint
    is_new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakpointUseCases:
    """Where runs stop; `store` has what is kept with workflows."""

    runs: RunUseCases
    plans: Plans
    store: Breakpoints
    ids: Ids

    async def replace_all(
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
        await ask(self.runs, run_id, breaking(lambda _: wanted, self.runs.clock.now()))
        return wanted

    async def put(self, run_id: str, breakpoint_: Breakpoint) -> Put:
        """Add a breakpoint to a run, or change the one with its id; without an id it gets one.

        Raises:
            ServiceError: what `replace_all` raises.
        """
        run = await self.runs.get(run_id)
        (wanted,) = await self.checked(await self.plans.of(run), [breakpoint_])

        replaced: list[Breakpoint] = []

        def put(before: tuple[Breakpoint, ...]) -> Sequence[Breakpoint]:
            replaced[:] = [b for b in before if b.id == wanted.id]
            others = [wanted if b in replaced else b for b in before]
            return others if replaced else [*others, wanted]

        await ask(self.runs, run_id, breaking(put, self.runs.clock.now()))
        return Put(breakpoint=wanted, is_new=not replaced)

    async def remove(self, run_id: str, breakpoint_id: str) -> None:
        """Have a run without a breakpoint; nothing happens where it has none with this id.

        Raises:
            RunNotFoundError: no such run.
            RunIsOverError: it has reached its end.
            RunIsStoppingError: somebody has cancelled it.
        """

        def remove(before: tuple[Breakpoint, ...]) -> Sequence[Breakpoint]:
            return [b for b in before if b.id != breakpoint_id]

        await ask(self.runs, run_id, breaking(remove, self.runs.clock.now()))

    async def kept_with(self, project_id: str, workflow_id: str) -> tuple[Breakpoint, ...]:
        """The breakpoints that are kept with a workflow.

        Raises:
            WorkflowNotFoundError: the project has no such workflow.
        """
        await self._must_be_there(project_id, workflow_id)
        return await self.store.of(workflow_id)

    async def keep(
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
        await self.store.keep(workflow_id, wanted)
        return wanted

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


async def ask(runs: RunUseCases, run_id: str, decide: Decide) -> None:
    """Ask something of a run, and have whoever executes it hear of it."""
    await runs.journal.ask(run_id, decide)
    runs.dispatcher.tell(run_id)
