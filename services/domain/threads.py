"""Threads: runs one after the other that share variables, and what a new run does to those before.

The words of `Multitask` are those of LangGraph's clients.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from services.domain.events import RunCancelled, RunCancelling, RunEvent
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


def stopping(run: Run, multitask: Multitask, newcomer: str, at: datetime) -> tuple[RunEvent, ...]:
    """What happens to a run that is not over when a newcomer takes its thread."""
    if multitask in {Multitask.REJECT, Multitask.ENQUEUE}:
        return ()
    rolls_back = multitask is Multitask.ROLLBACK
    reason = reason_to_stop(multitask, newcomer)
    cancelling = RunCancelling(reason=reason, rolled_back=rolls_back, at=at)
    match run.status:
        case RunStatus.PENDING:
            return (cancelling, RunCancelled(reason=reason, at=at))
        case RunStatus.CANCELLING if run.is_rolled_back or not rolls_back:
            return ()
        case _:
            return (cancelling,)
