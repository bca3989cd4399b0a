"""Places in a log where nothing is half done: something has ended, and nothing new has begun."""

from __future__ import annotations

from services.domain.events.runs import (
    RunCancelled,
    RunCompleted,
    RunFailed,
    RunPaused,
    RunStarted,
    RunWaiting,
)
from services.domain.events.vocabulary import (
    EdgeDecided,
    NodeCompleted,
    NodeFailed,
    NodeSkipped,
    RunEvent,
)


class Marks:
    """Finds the checkpoints in a log, event by event.

    One lies where something has come to its end and nothing new has begun: after the start of the
    run, after visits with the decisions that follow from them, and where the run rests or is over.
    """

    def __init__(self) -> None:
        self.is_open = False

    def closes_before(self, event: RunEvent) -> bool:
        """Whether a checkpoint lies right before this event, which is taken in."""
        settles = _settles(event)
        closes = self.is_open and not settles and not isinstance(event, EdgeDecided | NodeSkipped)
        self.is_open = settles or (self.is_open and not closes)
        return closes


def _settles(event: RunEvent) -> bool:
    match event:
        case NodeCompleted(path="") | NodeFailed(path=""):
            return True
        case RunStarted() | RunWaiting() | RunPaused():
            return True
        case RunCompleted() | RunFailed() | RunCancelled():
            return True
        case _:
            return False
