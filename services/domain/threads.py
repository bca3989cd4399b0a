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
from services.domain.events import RunCancelling
from services.domain.runs import Run, RunStatus


class Multitask(StrEnum):
    """What a new run does when a run of its thread is not over yet."""

    REJECT = "reject"
    ENQUEUE = "enqueue"
    INTERRUPT = "interrupt"
    ROLLBACK = "rollback"


@dataclass(frozen=True, slots=True, kw_only=True)
class Joining:
    """That a run is to be on an existing thread, and what it does to the runs that are there."""

    thread_id: str
    multitask: Multitask = Multitask.REJECT


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """Runs that follow one another; `variables` are those that the next one begins with.

    `active_run_id` is the run whose turn it is, None while nothing happens.
    """

    id: str
    project_id: str
    variables: Mapping[str, Any]
    active_run_id: str | None


def reason_to_stop(multitask: Multitask, newcomer: str) -> str:
    """Why a run has to make room for a newcomer, as its log says it."""
    done = "rolled back" if multitask is Multitask.ROLLBACK else "interrupted"
    return f"{done} by run {newcomer}"


def displacing(multitask: Multitask, newcomer: str, at: datetime) -> Decide:
    """What becomes of a run that is not over when a newcomer interrupts it or rolls it back."""
    cancel = cancelling(reason_to_stop(multitask, newcomer), at)

    def decide(run: Run, is_owned: bool) -> Decision:
        if multitask is not Multitask.ROLLBACK:
            return cancel(run, is_owned)
        if run.status is RunStatus.CANCELLING and not run.is_rolled_back:
            # It stops already; what it wrote is discarded all the same.
            return Decision(events=(_rolled_back(multitask, newcomer, at),))
        decision = cancel(run, is_owned)
        _, *ending = decision.events or (None,)
        events = (_rolled_back(multitask, newcomer, at), *ending) if decision.events else ()
        return replace(decision, events=events)

    return decide


def _rolled_back(multitask: Multitask, newcomer: str, at: datetime) -> RunCancelling:
    return RunCancelling(reason=reason_to_stop(multitask, newcomer), rolled_back=True, at=at)
