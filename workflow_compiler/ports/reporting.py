"""How a run is heard: by its tap, and by what its nodes say while they work."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Protocol

from workflow_compiler.history import VisitKey
from workflow_compiler.trace import Record
from workflow_compiler.waiting import SubRunRest, Wait

Tap = Callable[[Record], None]
"""Hears what a graph tells about itself."""


def unheard(record: Record) -> None:
    """The tap of a run that nobody listens to."""
    del record


Room = Callable[[VisitKey], Awaitable[None]]
"""Waits until a visit may begin, or make its next attempt; whoever listens can take it in then."""


async def unbounded(visit: VisitKey) -> None:
    """The room of a run whose listener keeps up with everything."""
    del visit


class Course(Protocol):
    """Hears when visits do something and when they end, to keep the order of their ends."""

    def begin(self) -> None:
        """A visit does what no earlier execution of the run has done."""

    def end(self, place: int | None) -> None:
        """A visit has ended; `place` is that of its end in the log, if it stands there already."""


class NoCourse:
    """Keeps no order; the port's null."""

    def begin(self) -> None:
        """Nothing."""

    def end(self, place: int | None) -> None:
        """Nothing."""


NO_COURSE = NoCourse()


class Reporter(Protocol):
    """How a behaviour speaks to whoever watches the run."""

    def progress(self, progress: float, message: str | None = None) -> None:
        """Say how far it is, from 0 to 1."""

    def log(self, message: str, level: str = "info") -> None:
        """Write a line."""

    def text(self, text: str) -> None:
        """Stream a piece of text."""

    def emit(self, name: str, payload: Any) -> None:
        """Tell something of one's own: any name, any JSON."""

    def wait_began(
        self, wait: Wait | SubRunRest, due_at: datetime | None, task_id: str | None = None
    ) -> None:
        """Say what the visit waits for; for whoever keeps the waits."""

    def wait_ended(
        self, wait: Wait, answer: Any, task_id: str | None = None, by: str | None = None
    ) -> None:
        """Say that it has come."""

    def left_thread(self) -> None:
        """Say that it was stopped, and a thread of it goes on."""
