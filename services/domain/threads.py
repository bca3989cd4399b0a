"""Threads: runs one after the other that share variables, and what a new run does to those before.

The words of `Multitask` are those of LangGraph's clients.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from services.domain.control import Decide, Decision, cancelling
from services.domain.events.runs import RunCancelling
from services.domain.runs import AT_REST, Run, RunStatus


class Multitask(StrEnum):
    """What a new run does when a run of its thread is not over yet."""

    REJECT = "reject"
    ENQUEUE = "enqueue"
    INTERRUPT = "interrupt"
    ROLLBACK = "rollback"


@dataclass(frozen=True, slots=True, kw_only=True)
class Joining:
    """That a run is to be on an existing thread, and what it does to the runs that are there.

    `at_rest` is what it does to those that wait or are paused, where that is something else.
    `after_seconds` is how long it waits in any case before it begins. `variables` are those that it
    begins with, where those that are left there do not matter. `run_id` is the id that it is to
    have, where somebody listens to it before it begins.
    """

    thread_id: str
    multitask: Multitask = Multitask.REJECT
    at_rest: Multitask | None = None
    after_seconds: float = 0.0
    variables: Mapping[str, Any] | None = None
    run_id: str | None = None

    def towards(self, run: Run) -> Multitask:
        """What becomes of a run that is not over."""
        return self.at_rest or self.multitask if run.status in AT_REST else self.multitask

    @property
    def is_due(self) -> bool:
        """Whether it begins without anybody saying so again."""
        return self.multitask is not Multitask.REJECT or self.after_seconds > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """Runs that follow one another; `variables` are those that the next one begins with.

    `active_run_id` is the run whose turn it is, None while nothing happens.
    """

    id: str
    project_id: str
    variables: Mapping[str, Any]
    active_run_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadRecord:
    """What is said of a thread beside its runs.

    `variables` were written after its run with the turn `after_turn`; None where nobody did.
    """

    id: str
    project_id: str
    metadata: Mapping[str, Any]
    variables: Mapping[str, Any] | None = None
    after_turn: int = 0
    created_at: datetime
    updated_at: datetime


def reason_to_stop(multitask: Multitask, newcomer: str) -> str:
    """Why a run has to make room for a newcomer, as its log says it."""
    done = "rolled back" if multitask is Multitask.ROLLBACK else "interrupted"
    return f"{done} by run {newcomer}"


def displacing(multitask: Multitask, newcomer: str, at: datetime) -> Decide:
    """What becomes of a run that is not over when a newcomer interrupts it or rolls it back."""
    reason = reason_to_stop(multitask, newcomer)
    if multitask is Multitask.ROLLBACK:
        return rolling_back(reason, at)
    return cancelling(reason, at)


def rolling_back(reason: str, at: datetime) -> Decide:
    """Have a run stop, and discard what it wrote into variables."""
    cancel = cancelling(reason, at)
    rolled_back = RunCancelling(reason=reason, rolled_back=True, at=at)

    def decide(run: Run, is_owned: bool) -> Decision:
        if run.status is RunStatus.CANCELLING and not run.is_rolled_back:
            # It stops already; what it wrote is discarded all the same.
            return Decision(events=(rolled_back,))
        decision = cancel(run, is_owned)
        _, *ending = decision.events or (None,)
        events = (rolled_back, *ending) if decision.events else ()
        return replace(decision, events=events)

    return decide
