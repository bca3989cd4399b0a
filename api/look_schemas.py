"""What goes over the wire when somebody looks into a run, field by field."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from pydantic import Field

from api.findings import Answer
from api.schemas import NodeVisit, Run, RunError, Usage
from services.domain.comparing import (
    Aspect,
    Comparison,
    Fate,
    VisitDifference,
    seconds_of,
)
from services.domain.events import WaitKind
from services.domain.json_diff import Change
from services.domain.json_diff import Differences as FoundDifferences
from services.domain.runs import NodeStatus
from services.domain.story import Visited
from services.store.paging import to_cursor
from services.usecases.looks import Look
from workflow_compiler.trace import EdgeKind

MAX_SHOWN: Final = 1_000
"""Tokens, joins and bodies that one answer shows; `complete` says whether these were all."""

_MOVES: Final = ("tokens", "joins", "bodies")


class Token(Answer):
    """A token that waits on an edge."""

    path: str = Field(description="The item inside containers; empty outside.")
    edge_id: str | None = Field(description="The edge; null for the first token of a root.")
    source: str | None = Field(description="The node that put it there; null likewise.")
    target: str = Field(description="The node that will take it.")


class WaitingJoin(Answer):
    """A join that holds tokens and waits for others."""

    node_id: str = Field(description="The node.")
    path: str = Field(description="The item inside containers; empty outside.")
    holds: list[Token] = Field(description="Its edges with a token.")
    awaits: list[Token] = Field(description="Its empty edges by which one can still come.")


class Body(Answer):
    """A body that is open in a container."""

    path: str = Field(description="The path of all that is in it.", examples=["loop[3]"])
    node_id: str = Field(description="The container.")
    visit: int = Field(description="Which visit of it.")
    writes: list[tuple[str, Any]] = Field(
        description="What was written into variables in it, in order; handed on when the "
        "container completes."
    )


class FailedAttempt(Answer):
    """An attempt that failed."""

    attempt: int = Field(description="Which one, from 1.")
    error: RunError = Field(description="Why.")
    at: datetime = Field(description="When.")
    delay_seconds: float | None = Field(description="Time to the next one; null without any.")


class Wait(Answer):
    """What a visit waits for, or waited for last."""

    kind: WaitKind = Field(description="A person, a moment or a signal.")
    due_at: datetime | None = Field(description="Until when; null for ever.")
    name: str | None = Field(description="The name of a signal.")
    key: str | None = Field(description="The key of a signal.")
    task_id: str | None = Field(description="The task of a person.")


class DecidedEdge(Answer):
    """A routing decision of a visit."""

    edge_id: str = Field(description="The edge.")
    target: str = Field(description="The node that it leads to.")
    taken: bool = Field(description="Whether it was taken.")
    kind: EdgeKind = Field(description="What could open it.")
    expression: str | None = Field(description="What was judged.")
    values: dict[str, Any] = Field(description="What the expression read, by its own words.")
    result: Any = Field(description="What came out.")


class VisitAt(NodeVisit):
    """The latest visit of a node on one path, with all that the log tells of it."""

    began_seq: int = Field(description="The entry with which it began; 0 where it has not.")
    ended_seq: int = Field(description="The entry with which it ended; 0 where it has not.")
    failures: list[FailedAttempt] = Field(description="Its attempts that failed.")
    decisions: list[DecidedEdge] = Field(description="Which of its edges it took, and why.")
    wait: Wait | None = Field(description="What it waits for, or waited for last.")
    writes: list[tuple[str, Any]] = Field(description="What it wrote into variables, in order.")
    handled: bool = Field(description="Whether an error edge took its failure over.")
    returned: bool = Field(description="Whether the run ended with it.")
    cached: bool = Field(description="Whether its result is that of an earlier visit.")

    @classmethod
    def of(cls, visited: Visited) -> VisitAt:
        """A visit as the log has it."""
        state = NodeVisit.model_validate(visited.state)
        told = {name: getattr(visited, name) for name in _TOLD}
        seqs = {"began_seq": visited.began, "ended_seq": visited.ended}
        return cls.model_validate(dict(state) | told | seqs)


_TOLD: Final = ("failures", "decisions", "wait", "writes", "handled", "returned", "cached")


class RunState(Answer):
    """A run as of one entry of its log."""

    seq: int = Field(description="The last entry that is in it.")
    head_seq: int = Field(description="The last entry of the log now.")
    at: datetime = Field(description="When that entry was made.")
    run: Run = Field(description="The run.")
    variables: dict[str, Any] = Field(
        description="The variables: their defaults, and what was written outside of containers "
        "since, in the order in which the visits ended."
    )
    tokens: list[Token] = Field(description="The tokens that wait on edges.")
    joins: list[WaitingJoin] = Field(description="The joins that wait, and for what.")
    bodies: list[Body] = Field(description="The bodies that are open in containers.")
    complete: bool = Field(
        description=f"False where there are more than {MAX_SHOWN:,} tokens, joins or bodies."
    )
    nodes: list[VisitAt] = Field(
        description="The latest visit of each node on each path, those that are open first."
    )
    next_cursor: str | None = Field(
        description="Give it as `cursor` for more nodes of this moment; null on the last page."
    )

    @classmethod
    def of(cls, look: Look) -> RunState:
        """A page of a moment."""
        moment = look.moment
        moves = {name: getattr(moment, name) for name in _MOVES}
        return cls(
            seq=moment.seq,
            head_seq=look.head_seq,
            at=moment.at,
            run=Run.model_validate(moment.run),
            variables=dict(moment.variables),
            **{name: items[:MAX_SHOWN] for name, items in moves.items()},
            complete=all(len(items) <= MAX_SHOWN for items in moves.values()),
            nodes=[VisitAt.of(visited) for visited in look.nodes.items],
            next_cursor=look.nodes.next_cursor,
        )


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
