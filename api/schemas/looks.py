"""What goes over the wire when somebody looks into a run, field by field."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import Field
from pydantic_core import from_json

from api.findings import Answer
from api.schemas import NodeVisit, Question, Run, RunError
from api.schemas.common import JsonInt
from services.domain.chronicle import Visited
from services.domain.events.frames import to_frame, to_stored
from services.domain.events.waits import WaitKind
from services.engine.alone import LoneVisit as DoneVisit
from services.usecases.checkpoints import Checkpoint as FoundCheckpoint
from services.usecases.looks import Look
from workflow_compiler.trace import EdgeKind, Write

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
    writes: list[Write] = Field(
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
    writes: list[Write] = Field(description="What it wrote into variables, in order.")
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
        description="The variables: what the run began with, and what was written outside of "
        "containers since, in the order in which visits ended; after the end, what is left."
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


class EndedVisit(Answer):
    """A visit that has come to its end."""

    node_id: str = Field(description="Its node.")
    path: str = Field(description="The item inside containers; empty outside.")
    visit: int = Field(description="Which visit of the node.")


class Checkpoint(Answer):
    """A place in the log of a run where nothing is half done."""

    id: str = Field(description="What LangGraph's clients call it.", examples=["0199….7"])
    seq: int = Field(description="It lies after this entry; a fork may leave here.")
    at: datetime = Field(description="When that entry was made.")
    ended: list[EndedVisit] = Field(description="What has ended since the one before it.")

    @classmethod
    def of(cls, run_id: str, found: FoundCheckpoint) -> Checkpoint:
        """A place in the log of this run."""
        ended = [
            EndedVisit(node_id=node_id, path=path, visit=visit)
            for node_id, path, visit in found.ended
        ]
        return cls(id=f"{run_id}.{found.seq}", seq=found.seq, at=found.at, ended=ended)


class LoneVisitBody(Question):
    """Which visit to repeat, with what."""

    visit: Annotated[JsonInt, Field(ge=1, le=2**31 - 1)] | None = Field(
        None, description="Which visit; the latest when absent."
    )
    path: str | None = Field(
        None, description="The item inside containers; the latest on any when absent."
    )
    input: dict[str, Any] | None = Field(
        None,
        description="The config with everything filled in, as `input` of a visit shows it; "
        "that of the visit when absent.",
    )


class LoneVisit(NodeVisit):
    """How a node did on its own."""

    events: list[dict[str, Any]] = Field(
        description="What it told on the way, as in a log, but without places there."
    )

    @classmethod
    def of(cls, run_id: str, done: DoneVisit) -> LoneVisit:
        """A visit that took place."""
        state = NodeVisit.model_validate(done.state)
        frames = (to_frame(run_id, to_stored(event)) for event in done.events)
        return cls.model_validate(dict(state) | {"events": [from_json(f.text) for f in frames]})
