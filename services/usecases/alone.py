"""Running one node of a run alone, with the inputs that it had or with others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import anyio

from services.domain.debug.moment import Unfolding
from services.engine.alone import Lone, LoneVisit, run_alone, why_not_alone
from services.errors import NotAloneError, VisitNotFoundError
from services.providers.secrets import EnvironmentSecrets
from services.usecases.looks import LookUseCases
from workflow_compiler import Plan, RunContext
from workflow_compiler.history import VisitKey
from workflow_compiler.planning import PlannedNode

AT_ONCE: Final = 8
"""Lone visits of one process; more of them wait for their turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which visit to repeat: without a number the latest one, without a path on whatever path.

    `given` is the resolved config to take instead of the recorded one.
    """

    node_id: str
    path: str | None = None
    visit: int | None = None
    given: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoneVisitUseCases:
    """Visits outside of any run; the run whose inputs they take is only read."""

    looks: LookUseCases
    world: RunContext
    secrets: EnvironmentSecrets
    _turns: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(AT_ONCE))

    async def run(self, run_id: str, wanted: Wanted) -> LoneVisit:
        """Let a node do its work once more, side effects included, and change nothing in the run.

        Raises:
            RunNotFoundError: no such run.
            VisitNotFoundError: the run has no such node, or it has no such visit.
            NotAloneError: a node of this type does nothing without others.
            DefinitionError: the run's version cannot be read any more.
            UnreadableEventError: the log is not what this version writes.
        """
        run = await self.looks.store.require(run_id)
        plan = await self.looks.plans.of(run)
        node = _node(plan, wanted.node_id)
        if (why := why_not_alone(node)) is not None:
            raise NotAloneError(node.id, node.type.name, why)
        unfolding = await self.looks.unfolded(run)
        key, given = _visit(unfolding, wanted)
        variables = unfolding.moment().variables
        async with self._turns:
            lone = Lone(plan=plan, node=node, key=key, given=given, variables=variables)
            world = replace(self.world, secrets=self.secrets.of(run.project_id))
            return await run_alone(lone, run, world)


def _node(plan: Plan, node_id: str) -> PlannedNode:
    for node in plan.nodes:
        if node.id == node_id:
            return node
    raise VisitNotFoundError(node_id, ())


def _visit(unfolding: Unfolding, wanted: Wanted) -> tuple[VisitKey, Mapping[str, Any]]:
    """Which visit it is, and its resolved config.

    Raises:
        VisitNotFoundError: there is none, and no config was given.
    """
    visits = [v for v in unfolding.chronicle.visits.values() if v.state.node_id == wanted.node_id]
    begun = [visited for visited in visits if visited.began]
    found = [
        visited
        for visited in begun
        if wanted.path in {None, visited.state.path} and wanted.visit in {None, visited.state.visit}
    ]
    if found:
        latest = max(found, key=lambda visited: visited.began).state
        return latest.key, wanted.given if wanted.given is not None else latest.input
    if wanted.given is None:
        raise VisitNotFoundError(wanted.node_id, [visited.state.key for visited in begun])
    return (wanted.node_id, wanted.path or "", wanted.visit or 1), wanted.given
