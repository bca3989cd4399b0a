"""What is wrong with breakpoints that somebody wants in the runs of a version."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from services.domain.debug.judging import Judge
from services.domain.events.stops import BreakOn, Breakpoint
from services.errors import InputProblem
from workflow_compiler import Plan
from workflow_compiler.expressions import ExpressionSyntaxError
from workflow_compiler.expressions.names import suggest


def checked(plan: Plan, breakpoints: Sequence[Breakpoint]) -> list[InputProblem]:
    """All that is wrong with breakpoints; the pointers lead into their list."""
    judge, seen = Judge(plan), set[str]()
    problems: list[InputProblem] = []
    for number, breakpoint_ in enumerate(breakpoints):
        if breakpoint_.id in seen:
            detail = f"two breakpoints have the id {breakpoint_.id!r}"
            problems.append(InputProblem(pointer=f"/{number}/id", code="duplicate", detail=detail))
        seen.add(breakpoint_.id)
        for place, code, detail in _problems(plan, judge, breakpoint_):
            pointer = f"/{number}/{place}"
            problems.append(InputProblem(pointer=pointer, code=code, detail=detail))
    return problems


def _problems(plan: Plan, judge: Judge, wanted: Breakpoint) -> Iterator[tuple[str, str, str]]:
    """Where, which and what."""
    nodes, edges = [node.id for node in plan.nodes], [edge.id for edge in plan.edges]
    if wanted.on is BreakOn.EDGE and wanted.edge_id is None:
        yield "edge_id", "missing", "which edge is meant"
    if wanted.on in {BreakOn.BEFORE, BreakOn.AFTER} and wanted.node_id is None:
        yield "node_id", "missing", "which node is meant; only on errors it may be any"
    if wanted.node_id is not None and wanted.node_id not in nodes:
        yield "node_id", "unknown-node", unknown("node", wanted.node_id, nodes)
    if wanted.edge_id is not None and wanted.edge_id not in edges:
        yield "edge_id", "unknown-edge", unknown("edge", wanted.edge_id, edges)
    if wanted.hits < 1:
        yield "hits", "too-small", "it stops from the first match on, at the earliest"
    if wanted.condition is not None:
        try:
            judge.condition(wanted.condition)
        except ExpressionSyntaxError as error:
            yield "condition", "invalid-expression", str(error)


def unknown(kind: str, name: str, known: Sequence[str]) -> str:
    """That there is no such thing, and what may have been meant."""
    hint = suggest(name, known)
    return f"there is no {kind} {name!r}" + (f"; {hint}" if hint else "")
