"""What is handed in to be written, and what comes of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from services.domain.control import Decide
from services.domain.events.frames import LAST_TYPES, Frame, StoredEvent
from services.domain.events.vocabulary import RunEvent
from services.domain.runs import RunStatus, TransitionError
from services.domain.visits import NodeState
from services.errors import ConflictError, LeaseLostError, RunNotFoundError


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What happened to one run: the events, the same as text, and the visits that they changed.

    `fence` is that of the run's owner; None when somebody writes who does not execute the run.
    """

    run_id: str
    fence: int | None
    events: tuple[RunEvent, ...]
    stored: tuple[StoredEvent, ...]
    states: tuple[NodeState, ...]
    is_held: bool | None = None
    is_due: bool = False

    @property
    def is_awaited(self) -> bool:
        """Whether somebody waits for the answer: a use case, or the end of a run."""
        return self.fence is None or any(entry.type in LAST_TYPES for entry in self.stored)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What somebody wants of a run who does not execute it; what comes of it is decided here."""

    run_id: str
    decide: Decide

    @property
    def is_awaited(self) -> bool:
        """Whether somebody waits for the answer: always."""
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A batch that is in the log: how its run stands now, and the frames to show.

    `is_owned`: a process has the right to execute the run. `cancel_reason` and `is_held` are what
    that process was asked to do; `commands` counts what was asked by those who debug the run.
    `follower` is the next run of its thread, when that one has waited
    for this end.
    """

    run_id: str
    project_id: str
    status: RunStatus
    frames: tuple[Frame, ...]
    event_count: int
    is_owned: bool
    is_held: bool
    cancel_reason: str | None
    commands: int = 0
    follower: str | None = None


Refusal: TypeAlias = RunNotFoundError | LeaseLostError | ConflictError | TransitionError


@dataclass(frozen=True, slots=True)
class Waiting:
    """What somebody handed in who wants to know what comes of it."""

    wanted: Batch | Ask
    done: asyncio.Future[Recorded]

    def settle(self, outcome: Recorded | Exception) -> None:
        """Tell the caller, if it still waits."""
        if self.done.done():
            return
        if isinstance(outcome, Exception):
            self.done.set_exception(outcome)
        else:
            self.done.set_result(outcome)


@dataclass(frozen=True, slots=True)
class Telling:
    """Messages to other processes, which go out between what was handed in before and after."""

    messages: Sequence[str]
    size: int

    def settle(self, outcome: Recorded | Exception) -> None:
        """Nobody waits for it."""
