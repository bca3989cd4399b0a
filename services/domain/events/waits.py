"""What visits wait for, and what comes of it: the part of the log that tells of that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from services.domain.events.base import NodeEvent


class WaitKind(StrEnum):
    """What a visit waits for."""

    TASK = "task"
    TIMER = "timer"
    SIGNAL = "signal"
    RUN = "run"


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeWaiting(NodeEvent):
    """A visit waits, until a moment at the latest where it has one."""

    type: ClassVar[str] = "node.waiting"
    kind: WaitKind
    due_at: datetime | None
    name: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCreated(NodeEvent):
    """A person is asked; `form` is the JSON Schema of the answer."""

    type: ClassVar[str] = "task.created"
    task_id: str
    prompt: str
    form: Mapping[str, Any]
    assignee: str | None
    due_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCompleted(NodeEvent):
    """A person has answered."""

    type: ClassVar[str] = "task.completed"
    task_id: str
    answer: Any
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerFired(NodeEvent):
    """The moment has come that a visit waited for."""

    type: ClassVar[str] = "timer.fired"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalReceived(NodeEvent):
    """The signal has come that a visit waited for."""

    type: ClassVar[str] = "signal.received"
    name: str
    key: str
    payload: Any
