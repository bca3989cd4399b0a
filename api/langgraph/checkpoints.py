"""Checkpoints as clients know them: places in the log of a run, each with a name of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from services.domain.events import EdgeDecided, NodeCompleted, NodeFailed, NodeSkipped, RunEvent
from services.domain.run_events import (
    RunCancelled,
    RunCompleted,
    RunFailed,
    RunPaused,
    RunStarted,
    RunWaiting,
)

_ID: Final = re.compile(r"(?P<run>[0-9a-zA-Z-]{1,64})\.(?P<seq>[0-9]{1,9})")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A run as of the entry `seq` of its log."""

    run_id: str
    seq: int

    @property
    def id(self) -> str:
        """What clients call it."""
        return f"{self.run_id}.{self.seq}"

    def on(self, thread_id: str) -> dict[str, Any]:
        """The place of this checkpoint, as clients hand it back."""
        return {"thread_id": thread_id, "checkpoint_ns": "", "checkpoint_id": self.id}


def parse_checkpoint(text: str) -> Checkpoint | None:
    """The checkpoint with this id; None where no checkpoint is ever called so."""
    match = _ID.fullmatch(text)
    return None if match is None else Checkpoint(match["run"], int(match["seq"]))


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
