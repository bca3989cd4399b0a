"""What runs wait for, as values: tasks that people answer, and who waits for which signal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class TaskStatus(StrEnum):
    """Where a task stands; all but `open` never change."""

    OPEN = "open"
    COMPLETED = "completed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitRef:
    """One visit of one run."""

    run_id: str
    node_id: str
    path: str
    visit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A question to a person, asked by a visit of a `human` node.

    `form` is the JSON Schema of the answer; `due_at` is when the node gives up.
    """

    id: str
    project_id: str
    run_id: str
    node_id: str
    path: str
    visit: int
    prompt: str
    form: Mapping[str, Any]
    assignee: str | None
    due_at: datetime | None
    status: TaskStatus = TaskStatus.OPEN
    answer: Any = None
    answered_by: str | None = None
    created_at: datetime
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalWait:
    """A visit that waits for a signal of its project with this name and key."""

    project_id: str
    name: str
    key: str
    visit: VisitRef


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedSignal:
    """What a signal brought."""

    payload: Any
