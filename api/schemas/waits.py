"""What runs wait for, as it goes over the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from api.findings import Answer
from api.schemas.common import Question
from services.domain.waits import TaskStatus


class Task(Answer):
    """A question to a person, asked by a visit of a `human` node."""

    id: str = Field(description="The task's id.")
    project_id: str = Field(description="The project that it belongs to.")
    run_id: str = Field(description="The run that waits for it.")
    node_id: str = Field(description="The node that asks.")
    path: str = Field(description="The item inside containers; empty outside.")
    visit: int = Field(description="Which visit of the node.")
    prompt: str = Field(description="What the person is asked.")
    form: dict[str, Any] = Field(description="JSON Schema of the answer; anything when empty.")
    assignee: str | None = Field(description="Who is asked; everybody when null.")
    due_at: datetime | None = Field(description="When the node gives up; never when null.")
    status: TaskStatus = Field(
        description="`open`, or how it ended: `completed` by an answer, `expired` at its due "
        "time, `cancelled` because nobody needs the answer any more."
    )
    answer: Any = Field(description="What somebody answered; null until then.")
    answered_by: str | None = Field(description="Who did.")
    created_at: datetime = Field(description="When it was asked.")
    answered_at: datetime | None = Field(description="When it was answered or expired.")


class AnswerBody(Question):
    """The answer to a task."""

    answer: Any = Field(
        description="The answer, as the task's form wants it.", examples=[{"approved": True}]
    )
    by: str = Field(
        "a user", description="Who answers; kept in the log.", min_length=1, max_length=200
    )


class SignalBody(Question):
    """Something that happened outside."""

    name: str = Field(
        description="What it is called.", min_length=1, max_length=200, examples=["payment"]
    )
    key: str = Field("", description="Which of those it is for.", max_length=200)
    payload: Any = Field(
        None, description="What it brings: the output of the node.", examples=[{"euros": 5}]
    )


class Receiver(Answer):
    """The visit that got a signal."""

    run_id: str = Field(description="The run.")
    node_id: str = Field(description="Its node.")
    path: str = Field(description="The item inside containers; empty outside.")
    visit: int = Field(description="Which visit of the node.")


class SentSignal(Answer):
    """Where a signal went."""

    delivered_to: Receiver | None = Field(
        description="Who got it; null when nobody waits: it is kept for the first that will."
    )
