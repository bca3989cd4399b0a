"""What a record of a graph's trace says in the words of the log."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from services.domain.events.base import RunError
from services.domain.events.vocabulary import (
    Custom,
    Log,
    NodeProgress,
    RunEvent,
    Token,
)
from services.domain.events.waits import (
    NodeWaiting,
    SignalReceived,
    TaskCompleted,
    TaskCreated,
    TimerFired,
    WaitKind,
)
from workflow_compiler.trace import (
    Emitted,
    Failure,
    LargeResult,
    Logged,
    ProgressReported,
    Record,
    TextStreamed,
    WaitBegan,
    WaitEnded,
)
from workflow_compiler.waiting import HumanTask, Signal, SubRunRest, Timer


def said(
    record: WaitEnded | ProgressReported | Logged | LargeResult | Emitted | TextStreamed,
) -> RunEvent | Token:
    """What a behaviour itself had to say."""
    place = place_of(record)
    match record:
        case WaitEnded():
            return _waited(record)
        case ProgressReported():
            return NodeProgress(**place, progress=record.progress, message=record.message)
        case Logged():
            return Log(**place, level=record.level, message=record.message)
        case LargeResult(size=size):
            message = f"the result is {size:,} bytes of JSON; what is this large is slow to store"
            return Log(**place, level="warning", message=message)
        case Emitted():
            return Custom(**place, name=record.name, payload=record.payload)
        case TextStreamed():
            return Token(**place, text=record.text)


def waits(record: WaitBegan) -> Iterator[RunEvent]:
    """A visit waits, and for what."""
    place, due_at = place_of(record), record.due_at
    match record.wait:
        case HumanTask() as task:
            yield TaskCreated(
                **place,
                task_id=record.task_id or "",
                prompt=task.prompt,
                form=task.form,
                assignee=task.assignee,
                due_at=due_at,
            )
            yield NodeWaiting(**place, kind=WaitKind.TASK, due_at=due_at)
        case Timer():
            yield NodeWaiting(**place, kind=WaitKind.TIMER, due_at=due_at)
        case Signal(name=name, key=key):
            yield NodeWaiting(**place, kind=WaitKind.SIGNAL, due_at=due_at, name=name, key=key)
        case SubRunRest(workflow=name, run_id=run_id):
            yield NodeWaiting(**place, kind=WaitKind.RUN, due_at=due_at, name=name, key=run_id)


def _waited(record: WaitEnded) -> RunEvent:
    """What a visit waited for has come."""
    place, answer = place_of(record), record.answer
    match record.wait:
        case HumanTask():
            task_id, by = record.task_id or "", record.by or ""
            return TaskCompleted(**place, task_id=task_id, answer=answer, by=by)
        case Timer():
            return TimerFired(**place)
        case Signal(name=name, key=key):
            return SignalReceived(**place, name=name, key=key, payload=answer)


def place_of(record: Record) -> dict[str, Any]:
    """Which visit a record is of, and which attempt, and when."""
    return {
        "node_id": record.node_id,
        "path": record.path,
        "visit": record.visit,
        "attempt": record.attempt,
        "at": record.at,
    }


def error_of(record: Record, failure: Failure) -> RunError:
    """Why a visit failed, and which."""
    return RunError(
        type=failure.type,
        message=failure.message,
        node_id=record.node_id,
        visit=record.visit,
        attempt=record.attempt,
    )
