"""What goes over the wire when somebody forks a run, field by field."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from api.schemas import Question, Run
from api.schemas.common import JsonBool, JsonInt
from api.schemas.debug import DebugBody, Edits, ItemPath, Name, Number, VisitRef
from services.domain.debug.forking import Ahead, Repeat
from services.domain.reruns.going_on import From
from services.usecases.forks import Fork, ForkWish


class AheadBody(Edits):
    """A visit that a fork has yet to begin, and what it is to begin with or to come to."""

    node_id: Name = Field(description="Its node.")
    path: ItemPath = Field("", description="Its item inside containers.")
    visit: Number | None = Field(None, description="Which visit; the next one when absent.")

    def ahead(self) -> Ahead:
        """The same for the service."""
        edits = tuple(self.given().edits())
        return Ahead(node_id=self.node_id, path=self.path, visit=self.visit, edits=edits)


class ForkBody(Question):
    """Where a fork leaves its run, and what is to be otherwise in it."""

    seq: Annotated[JsonInt, Field(ge=1, le=2**53)] | None = Field(
        None, description="Leave after this entry of the log; after the last one when absent."
    )
    node_id: Name | None = Field(
        None, description="Leave right before a visit of this node began; not with `seq`."
    )
    path: ItemPath | None = Field(None, description="Of this item; of the first when absent.")
    visit: Number | None = Field(None, description="This visit; the latest when absent.")
    edits: list[AheadBody] = Field(
        default_factory=list, description="Visits to change before they begin.", max_length=1_000
    )
    input: dict[str, Any] | None = Field(
        None, description="Another input for what runs again; the same one when absent."
    )
    version: Number | None = Field(
        None, description="Another version of the workflow; the same one when absent."
    )
    debug: DebugBody | None = Field(None, description="How it is debugged from its beginning.")
    pin_side_effects: JsonBool = Field(
        False,
        description="Whether visits that touched the world after that moment come to what they"
        " came to, and do not do it again.",
    )

    @model_validator(mode="after")
    def _of_one_moment(self) -> Self:
        if self.seq is not None and self.node_id is not None:
            raise ValueError("'seq' and 'node_id' both say where to leave: give one of them")
        if self.node_id is None and (self.path is not None or self.visit is not None):
            raise ValueError("'path' and 'visit' say which visit of a node: name it in 'node_id'")
        return self

    def wish(self) -> ForkWish:
        """The same for the service."""
        begin: From | None = None
        if self.node_id is not None:
            begin = From(node_id=self.node_id, path=self.path, visit=self.visit)
        return ForkWish(
            seq=self.seq,
            begin=begin,
            edits=tuple(each.ahead() for each in self.edits),
            run_input=self.input,
            version=self.version,
            debug=None if self.debug is None else self.debug.request(),
            pin_side_effects=self.pin_side_effects,
        )


class RepeatedVisit(VisitRef):
    """A visit that touched the world, and will do so again in the fork."""

    pinned: bool = Field(description="Whether it comes to an output instead.")

    @classmethod
    def of(cls, repeat: Repeat) -> RepeatedVisit:
        """A visit that happens again."""
        place = repeat.place
        named = {"node_id": place.node_id, "path": place.path, "visit": place.visit}
        return cls(**named, pinned=repeat.is_pinned)


class ForkedRun(Run):
    """A fork."""

    repeats: list[RepeatedVisit] = Field(
        default_factory=list,
        description="The visits that touched the world in the source after the fork left it, and"
        " may do so again.",
    )

    @classmethod
    def of_fork(cls, fork: Fork) -> ForkedRun:
        """A new run."""
        found = [RepeatedVisit.of(repeat) for repeat in fork.repeats]
        return cls.model_validate(fork.run).model_copy(update={"repeats": found})
