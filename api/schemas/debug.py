"""What goes over the wire when somebody debugs a run, field by field.

What is absent from a wish stays as it is; null is a value like others.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final, Self

from pydantic import Field, model_validator

from api.findings import Answer
from api.schemas import Question, RunBody, RunError
from api.schemas.common import JsonBool, JsonInt
from services.domain.debug.commands import Where
from services.domain.debugging import Debugging
from services.domain.events.stops import BreakOn, Breakpoint, Pinned, Position, StopReason, Target
from services.domain.runs import RunStatus
from services.usecases.debug_wishes import DebugRequest
from services.usecases.debugging import Debugged, Given
from services.usecases.stopped import StoppedVisit
from workflow_compiler.trace import Write

MAX_BREAKPOINTS: Final = 1_000

Name = Annotated[str, Field(min_length=1, max_length=200)]
BreakpointName = Annotated[str, Field(pattern=r"^[^/?#]{1,200}$")]
"""It stands in addresses."""
ItemPath = Annotated[str, Field(max_length=10_000)]
Number = Annotated[JsonInt, Field(ge=1, le=2**31 - 1)]


class Mode(StrEnum):
    """How far a step goes."""

    OVER = "over"
    INTO = "into"
    OUT = "out"


class BreakpointBody(Question):
    """A wish that visits stop."""

    id: BreakpointName | None = Field(None, description="Its name in the run; made up when absent.")
    on: BreakOn = Field(
        BreakOn.BEFORE,
        description="What it looks at: a node `before` its work or `after` it, an `edge` that is"
        " about to be taken, or an `error` for good.",
    )
    node_id: Name | None = Field(
        None, description="The node; null for every node, which only `error` allows."
    )
    edge_id: Name | None = Field(None, description="The edge, of `edge`.")
    condition: Annotated[str, Field(max_length=10_000)] | None = Field(
        None, description="An expression; visits stop where it holds.", examples=["item.id == 7"]
    )
    hits: Number = Field(1, description="From which match on it stops.")
    is_enabled: JsonBool = Field(True, description="Whether it does anything.")

    def breakpoint(self, breakpoint_id: str | None = None) -> Breakpoint:
        """The same for the service; an empty id is one that is to be made up."""
        return Breakpoint(**self.model_dump(exclude={"id"}), id=breakpoint_id or self.id or "")


class BreakpointsBody(Question):
    """All breakpoints that there are to be."""

    breakpoints: list[BreakpointBody] = Field(
        description="These and no others.", max_length=MAX_BREAKPOINTS
    )

    def all(self) -> list[Breakpoint]:
        """The same for the service."""
        return [each.breakpoint() for each in self.breakpoints]


class BreakpointDocument(Answer):
    """A breakpoint."""

    id: str = Field(description="Its name in the run.")
    on: BreakOn = Field(description="What it looks at.")
    node_id: str | None = Field(description="The node; null for every one, of `error`.")
    edge_id: str | None = Field(description="The edge, of `edge`.")
    condition: str | None = Field(description="Visits stop where it holds.")
    hits: int = Field(description="From which match on it stops.")
    is_enabled: bool = Field(description="Whether it does anything.")


class BreakpointList(Answer):
    """All breakpoints of a run, or those that are kept with a workflow."""

    breakpoints: list[BreakpointDocument] = Field(description="In the order in which they are set.")

    @classmethod
    def of(cls, breakpoints: Sequence[Breakpoint]) -> BreakpointList:
        """These breakpoints."""
        return cls(breakpoints=[BreakpointDocument.model_validate(b) for b in breakpoints])


class PinBody(Question):
    """What visits of a node come to without doing their work."""

    node_id: Name = Field(description="The node.")
    path: ItemPath | None = Field(None, description="Only in this body; everywhere when absent.")
    visit: Number | None = Field(None, description="Only this visit; every one when absent.")
    output: Any = Field(description="What they come to.")

    def pin(self) -> Pinned:
        """The same for the service."""
        return Pinned(**dict(self))


class DebugBody(Question):
    """How a run is to be debugged from its beginning."""

    breakpoints: list[BreakpointBody] = Field(
        default_factory=list, description="Where it stops.", max_length=MAX_BREAKPOINTS
    )
    kept_breakpoints: JsonBool = Field(
        False, description="Whether it begins with those that are kept with the workflow too."
    )
    stepping: JsonBool = Field(False, description="Whether every visit stops before it begins.")
    pins: list[PinBody] = Field(
        default_factory=list,
        description="What visits come to without doing their work; after these, what the nodes of"
        " the definition have as `pinned`.",
        max_length=10_000,
    )
    pins_from: Name | None = Field(
        None,
        description="A run: nodes that touch the world, and are not in `pins`, come to what their"
        " visits came to there.",
    )

    def request(self) -> DebugRequest:
        """The same for the service."""
        return DebugRequest(
            breakpoints=[each.breakpoint() for each in self.breakpoints],
            with_kept=self.kept_breakpoints,
            is_stepping=self.stepping,
            pins=[each.pin() for each in self.pins],
            pins_from=self.pins_from,
        )


class DebuggedRunBody(RunBody):
    """Which workflow to run, with what, and how to debug it."""

    debug: DebugBody | None = Field(
        None, description="How it is debugged from its beginning; not at all when absent."
    )

    @model_validator(mode="after")
    def _of_no_thread(self) -> Self:
        if self.thread_id is not None and self.debug is not None:
            raise ValueError("set the breakpoints of a run on a 'thread_id' before it is executed")
        return self


class StopBody(Question):
    """A visit that has stopped; as much as is needed to tell it from others that have."""

    node_id: Name | None = Field(None, description="Its node.")
    path: ItemPath | None = Field(None, description="Its item inside containers; empty outside.")
    visit: Number | None = Field(None, description="Which visit of the node.")

    def where(self) -> Where | None:
        """The same for the service; None where nothing is said."""
        where = Where(node_id=self.node_id, path=self.path, visit=self.visit)
        return None if where == Where() else where


class StepBody(StopBody):
    """Which stopped visit goes on, and how far."""

    mode: Mode = Field(
        Mode.OVER,
        description="`over` stops at what follows it, `into` also at what is inside of it, `out`"
        " after the container, or the parent run, that it is in.",
    )
    retry: JsonBool = Field(False, description="Whether what has failed is tried once more.")

    @model_validator(mode="after")
    def _of_itself(self) -> Self:
        if self.retry and self.mode is Mode.OUT:
            raise ValueError("'retry' tries the visit once more; that is no step 'out'")
        return self


class ContinueBody(StopBody):
    """Which stopped visit goes on, or all of them and to where."""

    until: Name | None = Field(None, description="Let all go on, and stop once before this node.")

    @model_validator(mode="after")
    def _of_all(self) -> Self:
        if self.until is not None and self.where() is not None:
            raise ValueError("with 'until' all visits go on: name none of them")
        return self


class SkipBody(StopBody):
    """Which stopped visit comes to what without doing its work."""

    output: Any = Field(description='What it comes to; `{"route": ...}` where it chooses a way.')


class Edits(Question):
    """What a visit is to go on with; what is absent stays, and null is a value."""

    input: Any = Field(None, description="Its input, in place of its config with all filled in.")
    output: Any = Field(None, description="What it comes to, in place of its work.")
    variables: dict[str, Any] | None = Field(
        None, description="New values of variables, for it and all that comes after it."
    )

    def given(self) -> Given:
        """The same for the service."""
        targets = {"input": Target.INPUT, "output": Target.OUTPUT}
        told = {target: getattr(self, name) for name, target in targets.items() if self._has(name)}
        return Given(changes=told, variables=self.variables or {})

    def _has(self, name: str) -> bool:
        return name in self.model_fields_set


class EditBody(StopBody, Edits):
    """A stopped visit, and what it is to go on with."""

    @model_validator(mode="after")
    def _of_something(self) -> Self:
        if not self.given().edits():
            raise ValueError("say what is to be otherwise: 'input', 'output' or 'variables'")
        return self


class VisitRef(Answer):
    """A visit of a run."""

    node_id: str = Field(description="Its node.")
    path: str = Field(description="The item inside containers; empty outside.")
    visit: int = Field(description="Which visit of the node.")


class StopDocument(VisitRef):
    """A visit that has stopped."""

    attempt: int = Field(description="Its attempt.")
    position: Position = Field(description="Where in it: before its work, after it, or failed.")
    reason: StopReason = Field(description="Why.")
    breakpoint_id: str | None = Field(description="The breakpoint that stopped it.")
    edge_id: str | None = Field(description="The edge that it is about to take.")
    input: Any = Field(description="What it would begin with, or has begun with, as edited.")
    output: Any = Field(description="What its work came to, or is to come to, as edited.")
    variables: dict[str, Any] = Field(description="The values that somebody gave to variables.")
    writes: list[Write] = Field(description="What its work writes into variables.")
    error: RunError | None = Field(
        description="Why it failed, or why its condition or its input cannot be worked out."
    )
    running: list[VisitRef] = Field(description="What else was at work when it stopped.")
    seq: int = Field(description="The entry of the log that tells of it.")
    at: datetime = Field(description="When it stopped.")

    @classmethod
    def of(cls, visit: StoppedVisit) -> StopDocument:
        """A stop."""
        own = {name: getattr(visit, name) for name in ("seq", "input", "output", "variables")}
        shown = {name: getattr(visit.told, name) for name in cls.model_fields if name not in own}
        return cls.model_validate(shown | own)


class RunStops(Answer):
    """How a run is debugged."""

    run_id: str = Field(description="The run.")
    status: RunStatus = Field(description="Where it stands.")
    is_held: bool = Field(description="Whether somebody has paused it as a whole.")
    is_stepping: bool = Field(description="Whether every visit stops before it begins.")
    until: str | None = Field(description="The node before which it stops once.")
    breakpoints: list[BreakpointDocument] = Field(description="Where it stops.")
    matches: dict[str, int] = Field(
        description="How often breakpoints that count have matched, by their ids."
    )
    stops: list[StopDocument] = Field(description="What has stopped, in that order.")

    @classmethod
    def of(cls, debugged: Debugged) -> RunStops:
        """A run that is debugged, or not."""
        debugging: Debugging = debugged.debugging
        return cls(
            run_id=debugged.run.id,
            status=debugged.run.status,
            is_held=debugged.run.is_held,
            is_stepping=debugging.is_stepping,
            until=debugging.until,
            breakpoints=BreakpointList.of(debugging.breakpoints).breakpoints,
            matches=dict(debugging.hits),
            stops=[StopDocument.of(visit) for visit in debugged.stopped],
        )
