"""What somebody may ask of a run from outside, and what that makes of it: decided in one place.

Each decision is taken while the run's row is locked, so of two requests at once, or of a request
and the run's own next step, one comes first and the other one sees what it left.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from services.domain.debugging import NOT_DEBUGGED
from services.domain.events.runs import RunCancelled, RunCancelling, RunMigrated, RunPaused
from services.domain.events.stops import RunContinued
from services.domain.events.vocabulary import RunEvent
from services.domain.runs import AT_REST, Run, RunStatus
from services.errors import (
    RunIsNotAtRestError,
    RunIsOverError,
    RunIsStoppingError,
    RunNotPausedError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a request makes of a run.

    `is_held` says whether anything of it may begin from now on, None leaves that as it is;
    `is_due`, that it is to be executed at once.
    """

    events: tuple[RunEvent, ...] = ()
    is_held: bool | None = None
    is_due: bool = False


Decide: TypeAlias = Callable[[Run, bool], Decision]
"""A run, and whether a process has the right to execute it, to what becomes of it."""


def pausing(at: datetime) -> Decide:
    """Hold a run; where no process is at it, it is paused at once, else when its work has ended."""

    def decide(run: Run, is_owned: bool) -> Decision:
        must_go_on(run)
        # Who waits has nothing at work, also in the moment in which a process gives it up.
        is_at_rest = not is_owned or run.status is RunStatus.WAITING
        if run.status is RunStatus.PAUSED or not is_at_rest:
            return Decision(is_held=True)
        return Decision(events=(RunPaused(at=at),), is_held=True)

    return decide


def resuming(at: datetime) -> Decide:
    """Let a held run go on: one that is paused in another execution, which says so itself."""

    def decide(run: Run, is_owned: bool) -> Decision:
        del is_owned
        must_go_on(run)
        released = _released(run, at)
        if not run.is_held and run.status is not RunStatus.PAUSED and not released:
            raise RunNotPausedError(run.id, run.status)
        return Decision(events=released, is_held=False, is_due=run.status in AT_REST)

    return decide


def resuming_in_its_tree(at: datetime) -> Decide:
    """Let a held sub-run go on when its parent does, which executes it in its own place."""

    def decide(run: Run, is_owned: bool) -> Decision:
        del is_owned
        must_go_on(run)
        is_due = run.status is RunStatus.PAUSED
        return Decision(events=_released(run, at), is_held=False, is_due=is_due)

    return decide


def _released(run: Run, at: datetime) -> tuple[RunEvent, ...]:
    """What lets go on all that has stopped, or is to stop as soon as it begins."""
    debugging = run.debugging or NOT_DEBUGGED
    return (all_released(run, at),) if debugging.stops or debugging.is_on_its_way else ()


def all_released(run: Run, at: datetime, until: str | None = None) -> RunContinued:
    """All that has stopped goes on, be it to the node `until`."""
    stops = (run.debugging or NOT_DEBUGGED).stops
    return RunContinued(released=tuple(stop.halt for stop in stops), until=until, at=at)


def cancelling(reason: str, at: datetime) -> Decide:
    """Have a run stop; one that has not begun is over by that."""

    def decide(run: Run, is_owned: bool) -> Decision:
        if run.is_over:
            raise RunIsOverError(run.id, run.status)
        if run.status is RunStatus.CANCELLING:
            return Decision()
        asked = RunCancelling(reason=reason, at=at)
        if run.status is RunStatus.PENDING or (run.attempt == 0 and not is_owned):
            return Decision(events=(asked, RunCancelled(reason=reason, at=at)))
        return Decision(events=(asked,))

    return decide


def moving(event: RunMigrated, event_count: int) -> Decide:
    """Have a run go on with another version, if that was found to fit so many of its events."""

    def decide(run: Run, is_owned: bool) -> Decision:
        # Its owner has the other version in its hands; and what it did since may not fit.
        if is_owned or run.status not in AT_REST or run.event_count != event_count:
            raise RunIsNotAtRestError(run.id, run.status)
        return Decision(events=(event,))

    return decide


def must_go_on(run: Run) -> None:
    """Refuse what is asked of a run that is over, or about to be.

    Raises:
        RunIsOverError: it has reached its end.
        RunIsStoppingError: somebody has cancelled it.
    """
    if run.is_over:
        raise RunIsOverError(run.id, run.status)
    if run.status is RunStatus.CANCELLING:
        raise RunIsStoppingError(run.id)
