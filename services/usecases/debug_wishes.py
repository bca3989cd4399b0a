"""How a run is to be debugged from its beginning: what somebody asks for, checked and gathered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.domain.debug.pins import pin_problems, pins_from
from services.domain.events.stops import Breakpoint, DebugWish, Pinned
from services.domain.once import once
from services.domain.runs import Run
from services.errors import BreakpointError, PinError, RunNotFoundError
from services.store.once import Requests
from services.usecases.accepting import Background
from services.usecases.breakpoints import BreakpointUseCases
from services.usecases.looks import LookUseCases
from services.usecases.runs import RunUseCases
from workflow_compiler import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class DebugRequest:
    """What somebody wants who debugs a run from its beginning.

    Attributes:
        breakpoints: Where it is to stop.
        with_kept: Whether it has the breakpoints kept with its workflow too.
        is_stepping: Whether every visit stops before it begins.
        pins: What visits come to without doing their work.
        pins_from: The run whose visits say that for all other nodes that touch the world.
    """

    breakpoints: Sequence[Breakpoint] = ()
    with_kept: bool = False
    is_stepping: bool = False
    pins: Sequence[Pinned] = ()
    pins_from: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DebugWishes:
    """Makes of requests what a run begins with."""

    runs: RunUseCases
    breakpoints: BreakpointUseCases
    looks: LookUseCases
    requests: Requests

    async def create(
        self,
        project_id: str,
        workflow_id: str,
        run_input: Mapping[str, Any],
        asked: DebugRequest,
        *,
        version: int | None = None,
        idempotency_key: str | None = None,
    ) -> Run:
        """Accept a run that is debugged from its beginning; it is `pending`.

        The same idempotency key and request give the same run again, also when what the request
        refers to (kept breakpoints, what another run came to) is something else by then.

        Raises:
            ServiceError: what `wish` and `RunUseCases.create` raise.
        """
        debug = await self.wish(project_id, workflow_id, version, asked)
        request = once(idempotency_key, "run", workflow_id, version, run_input, asked)
        await self.requests.claim(project_id, request)
        return await self.runs.create(
            project_id,
            workflow_id,
            run_input,
            version=version,
            idempotency_key=idempotency_key,
            background=Background(debug=debug),
        )

    async def wish(
        self, project_id: str, workflow_id: str, version: int | None, asked: DebugRequest
    ) -> DebugWish:
        """How a run of this version (the newest by default) begins.

        Raises:
            WorkflowNotFoundError: the project has no such workflow.
            VersionNotFoundError: the workflow has no such version.
            RunNotFoundError: the project has no run with the id of `pins_from`.
            BreakpointError: breakpoints name what is not there, or a condition is wrong.
            PinError: pins name a node that is not there.
        """
        kept = await self.breakpoints.kept_with(project_id, workflow_id)
        plan = await self._plan(project_id, workflow_id, version)
        if problems := pin_problems(plan, asked.pins):
            raise PinError(problems)
        return DebugWish(
            breakpoints=await self._breakpoints(plan, kept, asked),
            is_stepping=asked.is_stepping,
            pins=await self._pins(project_id, plan, asked),
        )

    async def pins_from(self, project_id: str, run_id: str) -> tuple[Pinned, ...]:
        """What the visits of a run came to that touched the world.

        Raises:
            RunNotFoundError: the project has no such run.
            DefinitionError: its version cannot be read any more.
            UnreadableEventError: its log is not what this version writes.
        """
        run = await self.looks.store.require(run_id)
        if run.project_id != project_id:
            raise RunNotFoundError(run_id)
        plan, unfolding = await self.looks.plans.of(run), await self.looks.unfolded(run)
        return tuple(pins_from(plan, unfolding.chronicle.visits))

    async def _plan(self, project_id: str, workflow_id: str, version: int | None) -> Plan:
        if version is None:
            return await self.looks.plans.newest(project_id, workflow_id)
        return await self.looks.plans.at(project_id, workflow_id, version)

    async def _breakpoints(
        self, plan: Plan, kept: Sequence[Breakpoint], asked: DebugRequest
    ) -> tuple[Breakpoint, ...]:
        """Those that are asked for, and the kept ones that still fit this version."""
        wanted = await self.breakpoints.checked(plan, asked.breakpoints)
        names = {breakpoint_.id for breakpoint_ in wanted}
        others = [b for b in kept if asked.with_kept and b.id not in names]
        return (*wanted, *[b for b in others if await self._fits(plan, b)])

    async def _fits(self, plan: Plan, kept: Breakpoint) -> bool:
        try:
            await self.breakpoints.checked(plan, [kept])
        except BreakpointError:
            return False
        return True

    async def _pins(self, project_id: str, plan: Plan, asked: DebugRequest) -> tuple[Pinned, ...]:
        """What is pinned by hand wins over what another run came to."""
        if asked.pins_from is None:
            return tuple(asked.pins)
        known = {node.id for node in plan.nodes} - {pin.node_id for pin in asked.pins}
        found = await self.pins_from(project_id, asked.pins_from)
        return (*asked.pins, *(pin for pin in found if pin.node_id in known))
