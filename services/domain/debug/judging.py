"""Whether a visit stops, and why: decided from how its run is being debugged, and nothing else."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

from services.domain.bodies import Bodies
from services.domain.debugging import Debugging, Mark
from services.domain.events.base import RunError
from services.domain.events.stops import BreakOn, Breakpoint, Place, StopReason
from workflow_compiler import Plan
from workflow_compiler.checks.subject import ROOTS
from workflow_compiler.debugging import Arrival, Breakdown, Departure, Halt
from workflow_compiler.errors import NodeError
from workflow_compiler.expressions import Expression, Names, compile_expression
from workflow_compiler.topology import ENTRY

_INNER: Final = frozenset({"item", "index", "error"})
"""What nodes inside containers may read beside all else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """Why a visit stops; `error` says why the condition of the breakpoint cannot be worked out."""

    reason: StopReason
    breakpoint_id: str | None = None
    edge_id: str | None = None
    followed: tuple[Place, ...] = ()
    error: RunError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a moment of a visit comes to: breakpoints that count matched, and perhaps it stops."""

    hits: tuple[tuple[str, int], ...] = ()
    why: Why | None = None


class Judge:
    """Judges the visits of the runs of one version."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._bodies = Bodies(plan)
        self._compiled = lru_cache(self.condition)

    def condition(self, source: str) -> Expression:
        """The condition of a breakpoint.

        Raises:
            ExpressionSyntaxError: it is no expression, or speaks of unknown names.
        """
        ids = frozenset(node.id for node in self._plan.nodes)
        return compile_expression(source, Names(roots=ROOTS | _INNER, nodes=ids))

    def before(self, debugging: Debugging, arrival: Arrival, *, is_held: bool) -> Verdict:
        """A visit is about to begin."""
        wanted = (b for b in debugging.breakpoints if _is_at(b, BreakOn.BEFORE, arrival.node_id))
        verdict = self._verdict(debugging, wanted, arrival)
        if verdict.why is not None:
            return verdict
        return Verdict(hits=verdict.hits, why=self._unasked(debugging, arrival, is_held=is_held))

    def after(self, debugging: Debugging, departure: Departure) -> Verdict:
        """A visit has done its work."""
        edges = {self._plan.edges[edge].id for edge in departure.taken}
        wanted = (
            b
            for b in debugging.breakpoints
            if _is_at(b, BreakOn.AFTER, departure.node_id) or _is_on(b, edges)
        )
        return self._verdict(debugging, wanted, departure)

    def failed(self, debugging: Debugging, breakdown: Breakdown) -> Verdict:
        """A visit has failed for good."""
        routes = self._plan.nodes[self._numbers[breakdown.node_id]].routes
        edges = {self._plan.edges[edge].id for edge in routes.error}
        wanted = (
            b
            for b in debugging.breakpoints
            if _is_at(b, BreakOn.ERROR, breakdown.node_id) or _is_on(b, edges)
        )
        return self._verdict(debugging, wanted, breakdown)

    def _unasked(self, debugging: Debugging, arrival: Arrival, *, is_held: bool) -> Why | None:
        """Why a visit stops before its work though there is no breakpoint."""
        if debugging.until == arrival.node_id:
            return Why(reason=StopReason.RUN_TO)
        followed = tuple(m.place for m in debugging.trail if self._follows(arrival, m))
        is_next = debugging.is_stepping and not self._is_stepped_over(debugging, arrival)
        if followed or is_next:
            return Why(reason=StopReason.STEP, followed=followed)
        return Why(reason=StopReason.PAUSE) if is_held else None

    def _verdict(self, debugging: Debugging, wanted: Iterable[Breakpoint], halt: Halt) -> Verdict:
        hits: dict[str, int] = {}
        why: Why | None = None
        for breakpoint_ in wanted:
            matches = self._matches(breakpoint_, halt)
            if matches is False:
                continue
            if breakpoint_.hits > 1:
                hits[breakpoint_.id] = debugging.hits.get(breakpoint_.id, 0) + 1
            if hits.get(breakpoint_.id, breakpoint_.hits) >= breakpoint_.hits:
                why = why or _because(breakpoint_, None if matches is True else matches)
        return Verdict(hits=tuple(hits.items()), why=why)

    def _matches(self, breakpoint_: Breakpoint, halt: Halt) -> bool | RunError:
        """Whether the condition holds; an error where that cannot be said."""
        if breakpoint_.condition is None:
            return True
        try:
            return bool(self._compiled(breakpoint_.condition).evaluate(halt.scope))
        except NodeError as error:
            return RunError(type=error.type, message=f"the condition: {error.message}")

    def _follows(self, arrival: Arrival, mark: Mark) -> bool:
        """Whether a visit comes after a marked one: on an edge, or as the first of a body."""
        place, sources = mark.place, self._sources(arrival)
        around = [body.container for body in self._bodies.around(place.node_id, place.path)]
        if sources:
            inside = {node for node, path, _ in around if path == arrival.path}
            is_beside = place.path == arrival.path and place.node_id in sources
            return is_beside or not inside.isdisjoint(sources)
        bodies = self._bodies.around(arrival.node_id, arrival.path)
        if not bodies:
            return False
        container = bodies[-1].container
        return container in around or (mark.is_entered and container == place.key)

    def _is_stepped_over(self, debugging: Debugging, arrival: Arrival) -> bool:
        """Whether a visit lies in a container that somebody lets go on as a whole."""
        bodies = self._bodies.around(arrival.node_id, arrival.path)
        around = {body.container for body in bodies}
        return any(m.place.key in around and not m.is_entered for m in debugging.trail)

    def _sources(self, arrival: Arrival) -> Collection[str]:
        ends = (self._plan.graph.edges[edge][0] for edge in arrival.consumed)
        return {self._plan.nodes[source].id for source in ends if source != ENTRY}

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {node.id: node.number for node in self._plan.nodes}


def _is_at(breakpoint_: Breakpoint, on: BreakOn, node_id: str) -> bool:
    is_meant = breakpoint_.is_enabled and breakpoint_.on is on
    return is_meant and breakpoint_.node_id in {None, node_id}


def _is_on(breakpoint_: Breakpoint, edges: Collection[str]) -> bool:
    is_meant = breakpoint_.is_enabled and breakpoint_.on is BreakOn.EDGE
    return is_meant and breakpoint_.edge_id in edges


def _because(breakpoint_: Breakpoint, error: RunError | None) -> Why:
    return Why(
        reason=StopReason.BREAKPOINT,
        breakpoint_id=breakpoint_.id,
        edge_id=breakpoint_.edge_id,
        error=error,
    )
