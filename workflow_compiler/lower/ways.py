"""How what a node or a region decided becomes a LangGraph command."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from langgraph.types import Command

from workflow_compiler.planning import Report
from workflow_compiler.ports import Write
from workflow_compiler.state import NodeRecord


@dataclass(frozen=True, slots=True)
class Ways:
    """The ways out of one member of a level.

    Attributes:
        incoming: The edges that lead in.
        channel: The channel of its own tokens, if it is an inclusive join.
        targets: For each edge that stays in the level, the LangGraph node to start; inclusive
            joins are not among them, since their channel starts them.
        exits: The edges that leave the level.
        reports: The channels of the joins to tell, and what.
        inner: Whether the level is a region, which hands on what was written in it.
        defaults: The values of variables that nobody has written.
        reduce: What becomes of variables when these writes meet them; raises where they do not fit.
    """

    incoming: tuple[int, ...]
    channel: str | None
    targets: Mapping[int, str]
    exits: Collection[int]
    reports: tuple[tuple[str, Report], ...]
    inner: bool
    defaults: Mapping[str, Any]
    reduce: Callable[[Mapping[str, Any], Sequence[Write]], Mapping[str, Any]]

    def command(
        self, nodes: Mapping[str, NodeRecord], writes: Sequence[Write], taken: Collection[int]
    ) -> Command[Any]:
        """The command that writes results and passes tokens on."""
        update: dict[str, Any] = {"nodes": nodes}
        if writes:
            update["vars"] = writes
        if self.inner and writes:
            update["writes"] = writes
        if self.exits and (left := [edge for edge in taken if edge in self.exits]):
            update["left"] = left
        for channel, report in self.reports:
            put = [edge for edge in taken if edge in report.may_take]
            if put or report.consumes:
                update[channel] = (report.consumes, put)
        goto = dict.fromkeys(self.targets[edge] for edge in taken if edge in self.targets)
        return Command(update=update, goto=list(goto))
