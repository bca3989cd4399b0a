"""A run as its events tell it: what the live tree and the plain lines are made from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, TypeAlias

from services.domain.events.frames import Frame
from services.domain.events.vocabulary import WIRE_PREFIX
from services.domain.runs import RunStatus
from services.domain.visits import NodeStatus

TEXT_KEPT: Final = 400
"""So much of the text that a node streams is kept to be shown."""

Key: TypeAlias = tuple[str, str, int]

_NODE_STATUS: Final[Mapping[str, NodeStatus]] = {
    "node.started": NodeStatus.RUNNING,
    "node.waiting": NodeStatus.WAITING,
    "node.paused": NodeStatus.PAUSED,
    "node.retrying": NodeStatus.RETRYING,
    "node.completed": NodeStatus.COMPLETED,
    "node.failed": NodeStatus.FAILED,
    "node.skipped": NodeStatus.SKIPPED,
    "node.cancelled": NodeStatus.CANCELLED,
}
_RUN_STATUS: Final[Mapping[str, RunStatus]] = {
    "run.created": RunStatus.PENDING,
    "run.started": RunStatus.RUNNING,
    "run.resumed": RunStatus.RUNNING,
    "run.waiting": RunStatus.WAITING,
    "run.paused": RunStatus.PAUSED,
    "run.cancelling": RunStatus.CANCELLING,
    "run.completed": RunStatus.COMPLETED,
    "run.failed": RunStatus.FAILED,
    "run.cancelled": RunStatus.CANCELLED,
}
OPEN: Final = frozenset(
    {NodeStatus.RUNNING, NodeStatus.WAITING, NodeStatus.PAUSED, NodeStatus.RETRYING}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WireEvent:
    """An event as clients read it."""

    type: str
    at: datetime
    data: Mapping[str, Any]
    node_id: str | None = None
    path: str = ""
    visit: int = 0
    attempt: int = 0

    @property
    def key(self) -> Key | None:
        """The visit that it is about."""
        return None if self.node_id is None else (self.node_id, self.path, self.visit)


def read_event(frame: Frame) -> WireEvent:
    """The event in a frame."""
    wire = json.loads(frame.text)
    known = {name: wire[name] for name in ("data", "node_id", "path", "visit") if name in wire}
    return WireEvent(
        **known,
        type=wire["type"].removeprefix(WIRE_PREFIX),
        at=datetime.fromisoformat(wire["at"]),
        attempt=wire.get("attempt", 0),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitView:
    """One visit, as far as it is known."""

    node_id: str
    path: str
    visit: int
    status: NodeStatus
    attempt: int = 1
    started_at: datetime | None = None
    finished_at: datetime | None = None
    note: str = ""
    text: str = ""

    @property
    def title(self) -> str:
        """The node with the body that it is in, and which visit where there is more than one."""
        path = f"{self.path} › " if self.path else ""  # noqa: RUF001 - a sign of its own, no ">"
        return f"{path}{self.node_id}" + (f" #{self.visit}" if self.visit > 1 else "")

    def seconds(self, now: datetime) -> float | None:
        """How long it took, or takes by now."""
        if self.started_at is None:
            return None
        return ((self.finished_at or now) - self.started_at).total_seconds()


@dataclass(slots=True)
class RunView:
    """A run and its visits in the order in which they began."""

    status: RunStatus = RunStatus.PENDING
    visits: dict[Key, VisitView] = field(default_factory=dict)

    def apply(self, event: WireEvent) -> None:
        """Take in what happened."""
        self.status = _RUN_STATUS.get(event.type, self.status)
        if (key := event.key) is not None:
            before = self.visits.get(key) or VisitView(
                node_id=key[0], path=key[1], visit=key[2], status=NodeStatus.PENDING
            )
            self.visits[key] = _after(before, event)


def note_of(event: WireEvent) -> str | None:
    """What an event says in words; None where it says nothing new."""
    data = event.data
    match event.type:
        case "node.progress":
            return f"{data['progress']:.0%} {data.get('message') or ''}".rstrip()
        case "node.attempt_failed" | "node.failed" | "run.failed":
            return f"{data['error']['type']}: {data['error']['message']}"
        case "node.paused":
            return f"{data['position']}, {data['reason']}"
        case "node.retrying":
            return f"again in {data['delay_seconds']:.1f} s"
        case "run.cancelling" | "run.cancelled" | "run.resumed":
            return str(data["reason"])
        case "node.cancelled" if data.get("still_running"):
            return "its function still runs in a thread; the result is thrown away"
        case "log":
            return str(data["message"])
        case _:
            return _note_of_wait(event)


def _note_of_wait(event: WireEvent) -> str | None:
    data = event.data
    match event.type:
        case "task.created":
            return f"task {data['task_id']}: {data['prompt']}"
        case "task.completed":
            return f"by {data['by']}"
        case "node.waiting" | "run.waiting":
            return _until(data)
        case _:
            return None


def _until(data: Mapping[str, Any]) -> str | None:
    """What is waited for; a task has told it already."""
    if data.get("kind") == "signal":
        return f"for the signal {data['name']!r}" + (f", {data['key']!r}" if data["key"] else "")
    if data.get("kind") == "task" or data["due_at"] is None:
        return None
    return f"until {datetime.fromisoformat(data['due_at']):%Y-%m-%d %H:%M:%S}"


def _after(visit: VisitView, event: WireEvent) -> VisitView:
    status = _NODE_STATUS.get(event.type, visit.status)
    note = note_of(event)
    moved = replace(
        visit,
        status=status,
        attempt=max(visit.attempt, event.attempt),
        note=visit.note if note is None else note,
    )
    match event.type:
        case "node.started":
            return replace(moved, started_at=event.at)
        case "node.completed":
            return replace(moved, finished_at=event.at, note="")
        case "node.failed" | "node.cancelled" | "node.skipped":
            return replace(moved, finished_at=event.at)
        case "node.token":
            return replace(moved, text=(visit.text + event.data["text"])[-TEXT_KEPT:])
        case _:
            return moved
