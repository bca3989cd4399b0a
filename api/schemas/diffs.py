"""What goes over the wire when two runs are compared, field by field."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from api.findings import Answer
from api.schemas import Run, RunError, Usage
from api.schemas.looks import FailedAttempt
from services.domain.chronicle import Visited
from services.domain.debug.comparing import (
    Aspect,
    Comparison,
    Fate,
    VisitDifference,
    seconds_of,
)
from services.domain.debug.json_diff import Change
from services.domain.debug.json_diff import Differences as FoundDifferences
from services.domain.visits import NodeStatus
from services.store.paging import to_cursor


class Difference(Answer):
    """One place where two values differ."""

    pointer: str = Field(description="Where, as a JSON pointer.", examples=["/order/total"])
    change: Change = Field(description="Whether it is only in one of them.")
    before: Any = Field(description="What A has, shortened; null where it was added.")
    after: Any = Field(description="What B has, shortened; null where it was removed.")


class Differences(Answer):
    """Where two values differ, from the top."""

    items: list[Difference] = Field(description="The first places.")
    complete: bool = Field(description="Whether these are all.")

    @classmethod
    def of(cls, found: FoundDifferences) -> Differences:
        """What was found."""
        items = [Difference.model_validate(item) for item in found.items]
        return cls(items=items, complete=found.is_complete)


class VisitSide(Answer):
    """A visit in one of the runs."""

    status: NodeStatus = Field(description="Where it stands.")
    attempt: int = Field(description="Its last attempt.")
    error: RunError | None = Field(description="Why its last attempt failed.")
    failures: list[FailedAttempt] = Field(description="Its attempts that failed.")
    seconds: float | None = Field(description="How long it took; null until it has ended.")
    usage: Usage | None = Field(description="What its model calls cost.")
    taken: list[str] = Field(description="The edges that it took.")

    @classmethod
    def of(cls, visited: Visited | None, taken: tuple[str, ...]) -> VisitSide | None:
        """A visit, where there is one."""
        if visited is None:
            return None
        state = visited.state
        return cls(
            status=state.status,
            attempt=state.attempt,
            error=RunError.model_validate(state.error) if state.error else None,
            failures=[FailedAttempt.model_validate(failure) for failure in visited.failures],
            seconds=seconds_of(state),
            usage=Usage.model_validate(state.usage) if state.usage else None,
            taken=list(taken),
        )


class ComparedVisit(Answer):
    """One visit in two runs."""

    node_id: str = Field(description="The node.")
    path: str = Field(description="The item inside containers; empty outside.")
    visit: int = Field(description="Which visit of it.")
    fate: Fate = Field(description="How the two stand to each other.")
    aspects: list[Aspect] = Field(description="What differs; how long it took is none of it.")
    a: VisitSide | None = Field(description="In A; null where A has none.")
    b: VisitSide | None = Field(description="In B; null where B has none.")
    input: Differences = Field(description="Where the inputs differ.")
    output: Differences = Field(description="Where the outputs differ.")

    @classmethod
    def of(cls, visit: VisitDifference) -> ComparedVisit:
        """A visit in two runs."""
        node_id, path, number = visit.key
        return cls(
            node_id=node_id,
            path=path,
            visit=number,
            fate=visit.fate,
            aspects=list(visit.aspects),
            a=VisitSide.of(visit.a, visit.taken_a),
            b=VisitSide.of(visit.b, visit.taken_b),
            input=Differences.of(visit.input),
            output=Differences.of(visit.output),
        )


class ComparedEdge(Answer):
    """An edge that was not taken equally often."""

    edge_id: str = Field(description="The edge.")
    times_a: int = Field(description="How often A took it.")
    times_b: int = Field(description="How often B took it.")


class ComparedNode(Answer):
    """A node of either version, over all of its visits."""

    node_id: str = Field(description="The node.")
    fate: Fate = Field(description="What became of it; `same` also where nobody visited it.")
    is_redefined: bool = Field(description="Whether the versions define it differently.")


class RunDiff(Answer):
    """Two runs beside each other."""

    a: Run = Field(description="The one.")
    b: Run = Field(description="The other.")
    same: bool = Field(description="Whether they did the same and came to the same.")
    output: Differences = Field(description="Where the outputs of the runs differ.")
    edges: list[ComparedEdge] = Field(description="The edges not taken equally often.")
    nodes: list[ComparedNode] = Field(description="All nodes of both versions.")
    visits: list[ComparedVisit] = Field(
        description="The visits that differ (or all, if asked for), in the order of A."
    )
    visits_differing: int = Field(description="How many visits differ.")
    visits_total: int = Field(description="How many visits there are in either.")
    next_cursor: str | None = Field(
        description="Give it as `cursor` for more visits; null on the last page."
    )


def run_diff(found: Comparison, *, after: int, limit: int, everything: bool) -> RunDiff:
    """A page of a comparison: its visits from the place `after` on."""
    differing = [visit for visit in found.visits if visit.fate is not Fate.SAME]
    wanted = found.visits if everything else differing
    page = wanted[after : after + limit]
    has_more = len(wanted) > after + limit
    same_end = (found.a.status, found.a.error) == (found.b.status, found.b.error)
    return RunDiff(
        a=Run.model_validate(found.a),
        b=Run.model_validate(found.b),
        same=not (differing or found.output) and same_end,
        output=Differences.of(found.output),
        edges=[ComparedEdge.model_validate(edge) for edge in found.edges],
        nodes=[ComparedNode.model_validate(node) for node in found.nodes],
        visits=[ComparedVisit.of(visit) for visit in page],
        visits_differing=len(differing),
        visits_total=len(found.visits),
        next_cursor=to_cursor([after + limit]) if has_more else None,
    )
