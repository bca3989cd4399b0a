"""How what a node or a region decided becomes writes into LangGraph's channels."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from workflow_compiler.lower.routing import Routing
from workflow_compiler.planning import Report
from workflow_compiler.state import NodeRecord, Outlook, State
from workflow_compiler.trace import Write

Step: TypeAlias = dict[str, Any]
"""How a node ends for LangGraph: what it writes into which channels, some of which start others.

A `Command` comes to the same and costs more.
"""


@dataclass(frozen=True, slots=True)
class Passing:
    """What it comes to that some edges are taken: what channels must know, also to start nodes."""

    taken: Collection[int]
    told: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Outlets:
    """The edges that lead out of one member of a level.

    Attributes:
        targets: For each edge that stays in the level, the channel that starts the LangGraph node
            to which it leads; inclusive joins are not among them, since their tokens start them.
        exits: The edges that leave the level.
        reports: The channels of the joins to tell, and what.
    """

    targets: Mapping[int, str]
    exits: Collection[int]
    reports: tuple[tuple[str, Report], ...]

    def passing(self, taken: Collection[int]) -> Passing:
        """What it comes to that these edges are taken."""
        told: dict[str, Any] = {}
        if self.exits and (left := [edge for edge in taken if edge in self.exits]):
            told["left"] = left
        for channel, report in self.reports:
            put = [edge for edge in taken if edge in report.may_take]
            if put or report.consumes:
                told[channel] = (report.consumes, put)
        started = (self.targets[edge] for edge in taken if edge in self.targets)
        return Passing(taken, {**told, **dict.fromkeys(started)})


@dataclass(frozen=True, slots=True)
class Ways:
    """The ways into one member of a level, and out of it.

    Attributes:
        incoming: The edges that lead in.
        channel: The channel of its own tokens, if it is an inclusive join.
        outlets: The edges that lead out.
        fixed: How every visit goes on that succeeds, if there is nothing to decide: most nodes.
        usual: What `fixed` comes to, worked out beforehand.
        inner: Whether the level is a region, which hands on what was written in it.
        defaults: The values of variables that nobody has written.
        reduce: What becomes of variables when these writes meet them; raises where they do not fit.
        outlook: Who can still be visited.
    """

    incoming: tuple[int, ...]
    channel: str | None
    outlets: Outlets
    fixed: Routing | None
    usual: Passing | None
    inner: bool
    defaults: Mapping[str, Any]
    reduce: Callable[[Mapping[str, Any], Sequence[Write]], Mapping[str, Any]]
    outlook: Outlook

    def consumed(self, state: State) -> tuple[int, ...]:
        """The tokens that a firing takes; only an inclusive join has a choice."""
        if self.channel is None:
            return self.incoming
        held = state.get(self.channel)
        return tuple(held) if held else self.incoming  # type: ignore[arg-type]

    def step(
        self, nodes: Mapping[str, NodeRecord], writes: Sequence[Write], taken: Collection[int]
    ) -> Step:
        """What writes results and passes tokens on."""
        passing = self.usual
        if passing is None or passing.taken is not taken:
            passing = self.outlets.passing(taken)
        step: Step = {"nodes": nodes, **passing.told}
        if writes:
            step["vars"] = list(writes)
            if self.inner:
                step["writes"] = list(writes)
        return step
