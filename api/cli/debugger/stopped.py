"""What has stopped in a run and in its sub-runs, in an order that does not depend on chance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from api.cli.output.moments import short
from services.bootstrap import Services
from services.domain.debug.commands import Where
from services.domain.debugging import Stop
from services.domain.events.stops import Place, Position, StopReason, Target
from services.domain.family import Branch, asked_by
from services.domain.runs import TERMINAL, Run
from services.usecases.stopped import StoppedVisit
from workflow_compiler.debugging import ABSENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Relative:
    """A run of the tree that is not over; `prefix` names the visits that asked for it."""

    run_id: str
    prefix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """A visit that has stopped, and in which run."""

    run: Relative
    halt: StoppedVisit

    @property
    def stop(self) -> Stop:
        """Where, and why."""
        return self.halt.stop

    @property
    def name(self) -> str:
        """The visit in one word: `call/loop[3].fetch#2`."""
        return self.run.prefix + name_of(self.stop.place)

    @property
    def where(self) -> Where:
        """This visit and no other."""
        return Where.of(self.stop.place)

    def follows(self, stepped: Stopped) -> bool:
        """Whether a step of another visit led here: beside it, or into it."""
        is_next = self.run == stepped.run and stepped.stop.place in self.stop.followed
        return is_next or self.name.startswith(f"{stepped.name}/")

    def value(self, target: Target) -> Any:
        """What it goes on with: what it said when it stopped, or what somebody made of it."""
        return self.halt.input if target is Target.INPUT else self.halt.output

    @property
    def values(self) -> dict[str, Any]:
        """All that it goes on with, by name."""
        changes = self.halt.changes
        values: dict[str, Any] = {}
        if self.stop.position is Position.BEFORE or changes.input is not ABSENT:
            values["input"] = self.halt.input
        if self.stop.position is Position.AFTER or changes.output is not ABSENT:
            values["output"] = self.halt.output
        if self.halt.told.handle is not None and changes.output is ABSENT:
            values["route"] = self.halt.told.handle
        return values | {f"vars.{name}": value for name, value in self.halt.variables.items()}

    @property
    def words(self) -> str:
        """Where it stopped, why, and with what, in one line."""
        said = [f"{_POSITIONS[self.stop.position]} ({self._why})"]
        said += [f"{name} {short(value)}" for name, value in self.values.items()]
        if (error := self.halt.told.error) is not None:
            said.append(f"{error.type}: {' '.join(error.message.split())}")
        return ", ".join(said)

    @property
    def _why(self) -> str:
        attempt = f", attempt {self.stop.attempt}" if self.stop.attempt > 1 else ""
        if self.stop.reason is not StopReason.BREAKPOINT:
            return self.stop.reason.replace("_", "-") + attempt
        edge = self.halt.told.edge_id
        about = f" on {edge}" if edge is not None else ""
        return f"breakpoint {self.stop.breakpoint_id}{about}{attempt}"


_POSITIONS = {
    Position.BEFORE: "before its work",
    Position.AFTER: "after its work",
    Position.ERROR: "failed",
}


def name_of(place: Place) -> str:
    """A visit in one word."""
    path = f"{place.path}." if place.path else ""
    return f"{path}{place.node_id}" + (f"#{place.visit}" if place.visit > 1 else "")


async def alive(services: Services, run_id: str) -> tuple[Relative, ...]:
    """A run and its sub-runs that are not over, each before its own."""
    tree = await services.runs.tree(run_id)
    return tuple(_alive(tree.root, ""))


async def stopped_in(services: Services, relatives: tuple[Relative, ...]) -> tuple[Stopped, ...]:
    """All visits of these runs that have stopped: runs in their order, nodes as they are listed."""
    found: list[Stopped] = []
    for relative in relatives:
        debugged = await services.debugging.get(relative.run_id)
        if debugged.stopped:
            order = await order_of(services, debugged.run)
            halts = sorted(debugged.stopped, key=partial(_rank, order))
            found.extend(Stopped(run=relative, halt=halt) for halt in halts)
    return tuple(found)


async def order_of(services: Services, run: Run) -> dict[str, int]:
    """The place of each node of a run in its definition."""
    plan = await services.debugging.plans.of(run)
    return {node.id: node.number for node in plan.nodes}


def _rank(order: Mapping[str, int], halt: StoppedVisit) -> tuple[str, int, int]:
    at = halt.stop.place
    return at.path, order[at.node_id], at.visit


def _alive(branch: Branch, prefix: str) -> Iterator[Relative]:
    if branch.run.status not in TERMINAL:
        yield Relative(run_id=branch.run.id, prefix=prefix)
    for child in branch.children:
        yield from _alive(child, f"{prefix}{name_of(asked_by(child.run))}/")
