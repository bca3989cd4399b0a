"""Routing: which edges a node takes, decided once, with the reasons."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple, TypeAlias

from workflow_compiler.errors import ErrorType, NodeError, NoRouteError
from workflow_compiler.expressions import Scope
from workflow_compiler.planning import Choice, PlannedCase, Routes
from workflow_compiler.trace import Decision, EdgeKind, Write

Reason: TypeAlias = Callable[[], Iterable[Decision]]


@dataclass(frozen=True, slots=True)
class Routing:
    """What a node decided: the edges that it takes, by which handle it left, and why.

    The reasons are put into words only for those who ask: that costs more than to decide.
    """

    taken: tuple[int, ...]
    handle: str | None
    reasons: tuple[Reason, ...] = ()

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """What was decided about each edge that had a choice, with the values that were read."""
        return tuple(decision for reason in self.reasons for decision in reason())


class Verdict(NamedTuple):
    """How a visit ends well: what it gives out and writes, and which ways it takes."""

    output: Any
    writes: Sequence[Write]
    routing: Routing


def route(routes: Routes, scope: Scope, chosen: str | None = None) -> Routing:
    """Judge a node's ways out after it succeeded; `chosen` is the handle that it asked for.

    Raises:
        EvaluationError: a condition cannot be worked out; that is never taken for false.
        NodeError: the behaviour chose a handle that its type does not declare.
        NoRouteError: the node must leave by some way and finds none.
    """
    if chosen is not None and routes.required:
        return _leave_by(routes, chosen)
    if chosen is not None:
        _must_be_declared(routes, chosen)
    elif (fixed := fixed_routing(routes)) is not None:
        return fixed
    opened: list[PlannedCase | Choice] = [
        c for c in routes.choices if c.handle == chosen and c.edges
    ]
    reasons: list[Reason] = [partial(_chosen, choice, chosen) for choice in routes.choices]
    for case in routes.cases:
        if opened and routes.first:
            reasons.append(partial(_not_judged, case))
            continue
        result = case.expression.evaluate(scope)
        if result:
            opened.append(case)
        reasons.append(partial(_judged, case, scope, result))
    if routes.default:
        reasons.append(partial(_unless, routes.default, _instead(routes, opened)))
    return _routing(routes, opened, tuple(reasons))


def _leave_by(routes: Routes, handle: str) -> Routing:
    """Somebody who debugs the run says how a node leaves that would have to choose."""
    default = routes.default_handle or "default"
    ways = [case for case in routes.cases if case.handle == handle]
    if not ways and handle != default:
        handles = [case.handle for case in routes.cases if case.handle] + [default]
        known = ", ".join(map(repr, dict.fromkeys(handles)))
        raise NodeError(ErrorType.ROUTING, f"there is no way out by {handle!r}, only by {known}")
    reasons: list[Reason] = [
        partial(_chosen, Choice(case.handle or "", case.edges), handle) for case in routes.cases
    ]
    if routes.default:
        reasons.append(partial(_unless, routes.default, _instead(routes, ways)))
    return _routing(routes, ways, tuple(reasons))


def fixed_routing(routes: Routes) -> Routing | None:
    """How every visit goes on that succeeds, where nothing is left to judge."""
    if routes.choices or routes.cases or routes.default or routes.required:
        return None
    return Routing(routes.plain, None)


def route_failure(routes: Routes) -> Routing:
    """The ways out of a node that failed for good: its error edges."""
    return Routing(routes.error, "error", (partial(_handled, routes.error),))


def _routing(
    routes: Routes, opened: Sequence[PlannedCase | Choice], reasons: tuple[Reason, ...]
) -> Routing:
    handle = opened[0].handle if opened else None
    taken = tuple(edge for way in opened for edge in way.edges) + _instead(routes, opened)
    if routes.required and not taken:
        raise NoRouteError(handle)
    if handle is None:
        handle = routes.default_handle or "default"
    return Routing(routes.plain + taken, handle, reasons)


def _instead(routes: Routes, opened: Sequence[PlannedCase | Choice]) -> tuple[int, ...]:
    """The default edges that are taken, since nothing opened another one."""
    if not opened:
        return routes.default
    return () if any(way.edges for way in opened) else routes.fallback


def _must_be_declared(routes: Routes, chosen: str) -> None:
    declared = [choice.handle for choice in routes.choices]
    if chosen not in declared:
        known = ", ".join(map(repr, declared)) or "none"
        message = f"the behaviour chose the handle {chosen!r}; its type declares {known}"
        raise NodeError(ErrorType.ROUTING, message)


def _chosen(choice: Choice, chosen: str | None) -> Iterator[Decision]:
    taken = choice.handle == chosen
    for edge in choice.edges:
        yield Decision(edge=edge, kind=EdgeKind.CONDITION, taken=taken, result=chosen)


def _judged(case: PlannedCase, scope: Scope, result: object) -> Iterator[Decision]:
    values = case.expression.values(scope)
    for edge in case.edges:
        yield Decision(
            edge=edge,
            kind=EdgeKind.CONDITION,
            taken=bool(result),
            expression=case.expression.source,
            values=values,
            result=result,
        )


def _not_judged(case: PlannedCase) -> Iterator[Decision]:
    """An earlier case won; this one was not even asked."""
    source = case.expression.source
    for edge in case.edges:
        yield Decision(edge=edge, kind=EdgeKind.CONDITION, taken=False, expression=source)


def _unless(edges: Sequence[int], taken: Sequence[int]) -> Iterator[Decision]:
    """Those that are the default are taken unless another way is open."""
    for edge in edges:
        yield Decision(edge=edge, kind=EdgeKind.DEFAULT, taken=edge in taken)


def _handled(edges: Sequence[int]) -> Iterator[Decision]:
    for edge in edges:
        yield Decision(edge=edge, kind=EdgeKind.ERROR, taken=True)
