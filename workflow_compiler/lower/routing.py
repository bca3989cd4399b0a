"""Routing: which edges a node takes, decided once, with the reasons."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from workflow_compiler.errors import ErrorType, NodeError, NoRouteError
from workflow_compiler.expressions import Scope
from workflow_compiler.planning import Choice, PlannedCase, Routes
from workflow_compiler.trace import Decision, EdgeKind


@dataclass(frozen=True, slots=True)
class Routing:
    """What a node decided: the edges that it takes, why, and by which handle it left."""

    taken: tuple[int, ...]
    decisions: tuple[Decision, ...]
    handle: str | None


def route(routes: Routes, scope: Scope, chosen: str | None = None) -> Routing:
    """Judge a node's ways out after it succeeded; `chosen` is the handle that it asked for.

    Raises:
        EvaluationError: a condition cannot be worked out; that is never taken for false.
        NodeError: the behaviour chose a handle that its type does not declare.
        NoRouteError: the node must leave by some way and finds none.
    """
    if chosen is not None:
        _must_be_declared(routes, chosen)
    elif (fixed := fixed_routing(routes)) is not None:
        return fixed
    opened: list[PlannedCase | Choice] = [
        c for c in routes.choices if c.handle == chosen and c.edges
    ]
    decisions = [d for choice in routes.choices for d in _chosen(choice, chosen)]
    for case in routes.cases:
        if opened and routes.first:
            decisions += _not_judged(case)
            continue
        result = case.expression.evaluate(scope)
        if result:
            opened.append(case)
        decisions += _judged(case, scope, result)
    decisions += (
        Decision(edge=edge, kind=EdgeKind.DEFAULT, taken=not opened) for edge in routes.default
    )
    return _routing(routes, opened, decisions)


def fixed_routing(routes: Routes) -> Routing | None:
    """How every visit goes on that succeeds, where nothing is left to judge."""
    if routes.choices or routes.cases or routes.default or routes.required:
        return None
    return Routing(routes.plain, (), None)


def route_failure(routes: Routes) -> Routing:
    """The ways out of a node that failed for good: its error edges."""
    decisions = (Decision(edge=edge, kind=EdgeKind.ERROR, taken=True) for edge in routes.error)
    return Routing(routes.error, tuple(decisions), "error")


def _routing(
    routes: Routes, opened: Sequence[PlannedCase | Choice], decisions: Iterable[Decision]
) -> Routing:
    if opened:
        taken = tuple(edge for way in opened for edge in way.edges)
        return Routing(routes.plain + taken, tuple(decisions), opened[0].handle)
    if routes.required and not routes.default:
        raise NoRouteError
    handle = routes.default_handle or "default"
    return Routing(routes.plain + routes.default, tuple(decisions), handle)


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
