"""Going on with what is on a thread: an answer, an edit, or a request that says nothing new."""

from __future__ import annotations

from api.errors import UnsupportedError
from api.langgraph.asking import Asked, Started
from api.langgraph.branching import tried_again
from api.langgraph.breaking import edit_stopped, is_stopped, set_breakpoints
from api.langgraph.joining import joined
from api.langgraph.states import values_now
from api.langgraph.writing import declared_variables
from services.domain.runs import Run, RunStatus
from services.errors import InterruptError, NothingToResumeError
from services.usecases.interrupts import Stop


async def resumed(asked: Asked) -> Started:
    """The run of the thread, with the answer that it waits for.

    Raises:
        NothingToResumeError: nothing waits for the answer.
        InterruptError: the answer is for no open interrupt.
        UnsupportedError: variables are to be written at the same time, or not at once.
    """
    run, command = asked.current, asked.body.command
    _must_be_at_once(asked)
    if command is not None and command.update:
        why = "a run that waits for an answer takes no edits; write when it has stopped elsewhere"
        raise UnsupportedError("/command/update", why)
    if run is None or run.is_over:
        raise NothingToResumeError(asked.thread_id)
    seq = await _made_ready(asked, run)
    await asked.services.interrupts.resume(run, command.resume if command is not None else None)
    return Started(run, seq)


async def updated(asked: Asked) -> Started:
    """What is on the thread, after values were written there; a run at a breakpoint goes on.

    Raises:
        UnsupportedError: the run is not where it can be edited, or it is not to be at once.
    """
    _must_be_at_once(asked)
    writes = asked.body.command.writes if asked.body.command is not None else []
    run, services = asked.current, asked.services
    if run is not None and is_stopped(run):
        await edit_stopped(services, run, writes)
        return await gone_on(asked)
    if run is not None and run.status is not RunStatus.COMPLETED:
        why = "a run takes edits where it has stopped at a breakpoint, and a thread between two"
        raise UnsupportedError("/command/update", why)
    declared = await declared_variables(services, asked.project_id, asked.workflow.id)
    await services.conversations.write(asked.project_id, asked.thread_id, writes, declared)
    return await gone_on(asked)


async def gone_on(asked: Asked) -> Started:
    """What becomes of a thread for which there is nothing new: what has not come to its end.

    As in LangGraph, where all has come to its end nothing happens.

    Raises:
        InterruptError: it waits for an answer.
        UnsupportedError: it goes on by itself, or is one of another workflow.
    """
    match asked.current:
        case None:
            return await joined(asked)
        case Run(status=RunStatus.COMPLETED) as run:
            values = await values_now(asked.services, asked.project_id, asked.thread_id)
            return Started(run, run.event_count, values)
        case run if run.is_over:
            return await tried_again(asked, run)
        case run if asked.stop is not None:
            return await _released(asked, run, asked.stop)
        case run:
            why = f"run {run.id!r} goes on already; give the one after it an input, be it empty"
            raise UnsupportedError("/input", why)


async def _released(asked: Asked, run: Run, stop: Stop) -> Started:
    _must_be_at_once(asked)
    if not stop.is_paused:
        known = [each.id for each in stop.interrupts]
        raise InterruptError("the run waits for an answer, in 'command.resume'", known)
    seq = await _made_ready(asked, run)
    if is_stopped(run):
        await asked.services.debugging.go_on(run.id)
    else:
        await asked.services.interrupts.go_on(run)
    return Started(run, seq)


def _must_be_at_once(asked: Asked) -> None:
    """Only what is new can begin later.

    Raises:
        UnsupportedError: what is there is to go on later.
    """
    if asked.body.after_seconds:
        raise UnsupportedError("/after_seconds", "what goes on does so at once")


async def _made_ready(asked: Asked, run: Run) -> int:
    """Have a run that goes on stop where this request says; the place in its log until now."""
    asked.must_be_of(run)
    await asked.hear(run.id)
    definition = dict((await asked.services.looks.plans.version(run)).definition)
    await set_breakpoints(asked.services, run, asked.body, definition)
    return await asked.services.log.head(run.id)
