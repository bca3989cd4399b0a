"""Going on from an earlier checkpoint of a thread, which has another future from then on."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final, TypeAlias

from api.errors import UnsupportedError
from api.langgraph.asking import Asked, Started
from api.langgraph.breaking import breakpoints_of
from api.langgraph.checkpoints import Checkpoint
from api.langgraph.following import outcome
from api.langgraph.joining import joined
from api.langgraph.requests import RunBody
from api.langgraph.states import place_of
from api.langgraph.values import values_of
from services.bootstrap import Services
from services.domain.runs import Run, RunStatus
from services.domain.threads import Joining, Multitask
from services.usecases.debug_wishes import DebugRequest
from services.usecases.forks import ForkWish

Place: TypeAlias = tuple[Run, Checkpoint]
"""A checkpoint, and the run that it lies in."""

PATIENCE_SECONDS: Final = 10.0
"""So long a run may take to come to a checkpoint again."""


async def earlier_place(
    services: Services, thread: tuple[str, str], current: Run | None, checkpoint_id: str | None
) -> Place | None:
    """The checkpoint that is named; None where nothing has happened on the thread since.

    Raises:
        UnknownCheckpointError: the thread has never been there.
    """
    if checkpoint_id is None:
        return None
    run, checkpoint = await place_of(services, *thread, checkpoint_id)
    if current is not None and run.id == current.id and checkpoint.seq >= current.event_count:
        return None
    return run, checkpoint


def is_end(place: Place) -> bool:
    """Whether nothing was left to be done there."""
    run, checkpoint = place
    return run.status is RunStatus.COMPLETED and checkpoint.seq == run.event_count


async def branched(asked: Asked, place: Place) -> Started:
    """A new run from an earlier checkpoint on: with an input another one, else what came next.

    What came next keeps the version of its run, and what had ended by then is not repeated.

    Raises:
        UnsupportedError: the request says something that only the end of a thread understands.
    """
    _must_be_plain(asked.body)
    run, checkpoint = place
    unfolding = await asked.services.looks.unfolded(run, checkpoint.seq)
    if asked.body.input is not None:
        return await joined(asked, unfolding.variables)
    if is_end(place):
        return Started(run, checkpoint.seq, values_of(unfolding.variables, run))
    return await _forked(asked, run, checkpoint.seq)


async def tried_again(asked: Asked, run: Run) -> Started:
    """A new run that does what this one has not brought to a good end."""
    return await _forked(asked, run, None)


async def stopped_at(services: Services, place: Place) -> Run:
    """A new run that has stopped at an earlier checkpoint, before all that comes next there.

    Where nobody executes runs, it has not stopped yet.

    Raises:
        ThreadBusyError: a run of the thread goes on.
    """
    run, checkpoint = place
    joining = Joining(thread_id=run.thread_id, at_rest=Multitask.INTERRUPT)
    debug = DebugRequest(is_stepping=True)
    wish = ForkWish(seq=checkpoint.seq, debug=debug, joining=joining)
    fork = (await services.forks.fork(run.id, wish)).run
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE_SECONDS):
            await outcome(services, fork, fork.event_count)
    return await services.runs.get(fork.id)


async def _forked(asked: Asked, run: Run, seq: int | None) -> Started:
    asked.must_be_of(run)
    if asked.body.after_seconds:
        raise UnsupportedError("/after_seconds", "what goes on from a checkpoint does so at once")
    definition = dict((await asked.services.looks.plans.version(run)).definition)
    breakpoints = breakpoints_of(asked.body, definition)
    debug = DebugRequest(breakpoints=breakpoints) if breakpoints else None
    wish = ForkWish(seq=seq, debug=debug, joining=await asked.joining())
    fork = (await asked.services.forks.fork(run.id, wish)).run
    return await asked.kept(fork, fork.event_count)


def _must_be_plain(body: RunBody) -> None:
    command = body.command
    if command is not None and (command.resumes or command.update):
        raise UnsupportedError("/command", "it is for what waits now: leave the checkpoint out")
