"""How one attempt of a behaviour speaks: what it says becomes trace records."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol

from workflow_compiler.lower.results import plain
from workflow_compiler.trace import (
    Emitted,
    Logged,
    ProgressReported,
    Record,
    TextStreamed,
    ThreadLeft,
    WaitBegan,
    WaitEnded,
)
from workflow_compiler.waiting import SubRunRest, Wait


class Say(Protocol):
    """Makes a record of the visit and tells it."""

    def __call__(self, kind: type[Record], **what: Any) -> None:
        """Tell a record of this kind with these fields."""


class Voice:
    """The `Reporter` of one attempt.

    It is silenced when the attempt ends: a function that was given up in its thread may go on
    talking, and nobody could place what it says.
    """

    def __init__(self, say: Say) -> None:
        self._say = say
        self._silent = False

    def silence(self) -> None:
        """Let nothing through any more."""
        self._silent = True

    def progress(self, progress: float, message: str | None = None) -> None:
        """Say how far it is, from 0 to 1."""
        share = min(1.0, max(0.0, progress))
        self._tell(ProgressReported, progress=share, message=message)

    def log(self, message: str, level: str = "info") -> None:
        """Write a line."""
        self._tell(Logged, level=level, message=message)

    def text(self, text: str) -> None:
        """Stream a piece of text."""
        self._tell(TextStreamed, text=text)

    def emit(self, name: str, payload: Any) -> None:
        """Tell the watchers of the run something of the behaviour's own.

        Raises:
            NodeError: the payload is no JSON, or too large.
        """
        self._tell(Emitted, name=name, payload=plain(payload))

    def wait_began(
        self, wait: Wait | SubRunRest, due_at: datetime | None, task_id: str | None = None
    ) -> None:
        """Say what the visit waits for."""
        self._tell(WaitBegan, wait=wait, due_at=due_at, task_id=task_id)

    def wait_ended(
        self, wait: Wait, answer: Any, task_id: str | None = None, by: str | None = None
    ) -> None:
        """Say that it has come."""
        self._tell(WaitEnded, wait=wait, answer=answer, task_id=task_id, by=by)

    def left_thread(self) -> None:
        """Say that it was stopped, and a thread of it goes on."""
        self._tell(ThreadLeft)

    def _tell(self, kind: type[Record], **what: Any) -> None:
        if not self._silent:
            self._say(kind, **what)
