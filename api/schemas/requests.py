"""What is asked of runs, as it goes over the wire."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from api.schemas.common import JsonInt, Question
from services.domain.threads import Multitask


class RunBody(Question):
    """Which workflow to run, with what."""

    workflow_id: str = Field(description="The workflow.", min_length=1, max_length=200)
    version: Annotated[JsonInt, Field(ge=1, le=2**31 - 1)] | None = Field(
        None, description="Which version; the newest when absent."
    )
    input: dict[str, Any] = Field(
        default_factory=dict,
        description="The run's input, as the workflow's `input_schema` wants it.",
        examples=[{"name": "Ada"}],
    )
    thread_id: str | None = Field(
        None,
        description="The thread that it goes on with, whose variables it begins with; one of its"
        " own when absent.",
        min_length=1,
        max_length=200,
    )
    multitask: Multitask = Field(
        Multitask.REJECT,
        description="What is done when a run of the thread is not over: `reject` (409), `enqueue`"
        " (begin when it is over), `interrupt` (cancel it first), `rollback` (cancel it, and"
        " discard what it wrote into variables). All but `reject` execute the run by themselves.",
    )

    @model_validator(mode="after")
    def _of_a_thread(self) -> Self:
        if self.thread_id is None and self.multitask is not Multitask.REJECT:
            raise ValueError("'multitask' is about the runs of a thread: name it in 'thread_id'")
        return self


class CancelBody(Question):
    """Why a run should stop."""

    reason: str = Field("cancelled by a user", description="Kept in the log.", max_length=1_000)


class RetryBody(Question):
    """Where a run begins anew; without a node, with what did not end well."""

    from_node: str | None = Field(
        None, min_length=1, max_length=200, description="The node that runs again first."
    )
    path: str | None = Field(
        None,
        max_length=10_000,
        description="Only its visits with this path; without one, those for every item.",
        examples=["loop[3]"],
    )
    visit: Annotated[JsonInt, Field(ge=1, le=2**31 - 1)] | None = Field(
        None, description="Which visit of it; the latest when absent."
    )
    input: dict[str, Any] | None = Field(
        None, description="Another input for what runs again; the same one when absent."
    )
    version: Annotated[JsonInt, Field(ge=1, le=2**31 - 1)] | None = Field(
        None, description="Another version of the workflow; the same one when absent."
    )

    @model_validator(mode="after")
    def _place_of_a_node(self) -> RetryBody:
        if self.from_node is None and not (self.path is None and self.visit is None):
            raise ValueError("'path' and 'visit' say which visit of 'from_node', which is missing")
        return self


class MigrateBody(Question):
    """With what a run is to go on."""

    version: Annotated[JsonInt, Field(ge=1, le=2**31 - 1)] = Field(
        description="A version of the run's workflow."
    )
