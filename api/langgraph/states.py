"""The states of threads, now and earlier, read from the logs of their runs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from itertools import zip_longest
from typing import Any

from api.errors import UnknownCheckpointError
from api.langgraph.checkpoints import Checkpoint, parse_checkpoint
from api.langgraph.snapshots import empty_snapshot, interrupt_json, snapshot, with_interrupts
from api.langgraph.values import values_of
from services.bootstrap import Services
from services.domain.chronicle import as_accepted
from services.domain.frames import StoredEvent, from_stored
from services.domain.marks import Marks
from services.domain.moment import Unfolding
from services.domain.runs import Run
from services.usecases.interrupts import Stop
from workflow_compiler import Plan

MOST_RUNS = 200
"""So many runs of a thread are looked at for its history."""


async def values_now(services: Services, project_id: str, thread_id: str) -> dict[str, Any]:
    """The values that a thread has come to.

    Raises:
        ThreadNotFoundError: the project has no such thread.
    """
    run = await services.conversations.current(project_id, thread_id)
    if run is not None and not run.is_over:
        unfolding = await services.looks.unfolded(run)
        return values_of({**unfolding.variables, **unfolding.edited}, run)
    thread = await services.threads.get(project_id, thread_id)
    if run is None or not await _was_written_to(services, run):
        return values_of(thread.variables, run)
    return {**values_of({}, run), **thread.variables}


async def _was_written_to(services: Services, run: Run) -> bool:
    """Whether somebody has written into the variables since a run ended."""
    record = await services.conversations.record(run.project_id, run.thread_id)
    return record.variables is not None and record.after_turn >= run.turn


async def state_now(services: Services, project_id: str, thread_id: str) -> dict[str, Any]:
    """How a thread stands.

    Raises:
        ThreadNotFoundError: the project has no such thread.
    """
    run = await services.conversations.current(project_id, thread_id)
    if run is None:
        thread = await services.threads.get(project_id, thread_id)
        return empty_snapshot(thread_id, thread.variables)
    stop = await services.interrupts.stop(run.id)
    state = await _of_run(services, run, run.event_count)
    state["values"] = await values_now(services, project_id, thread_id)
    return with_interrupts(state, shown_interrupts(stop))


async def state_at(
    services: Services, project_id: str, thread_id: str, checkpoint_id: str
) -> dict[str, Any]:
    """How a thread stood at a checkpoint.

    Raises:
        UnknownCheckpointError: the thread has never been there.
    """
    run, checkpoint = await place_of(services, project_id, thread_id, checkpoint_id)
    return await _of_run(services, run, checkpoint.seq)


async def place_of(
    services: Services, project_id: str, thread_id: str, checkpoint_id: str
) -> tuple[Run, Checkpoint]:
    """The run that a checkpoint lies in.

    Raises:
        UnknownCheckpointError: the thread has never been there.
    """
    checkpoint = parse_checkpoint(checkpoint_id)
    run = await services.runs.store.get(checkpoint.run_id) if checkpoint is not None else None
    if checkpoint is None or run is None or not 0 < checkpoint.seq <= run.event_count:
        raise UnknownCheckpointError(checkpoint_id)
    if (run.project_id, run.thread_id) != (project_id, thread_id):
        raise UnknownCheckpointError(checkpoint_id)
    return run, checkpoint


async def history(
    services: Services, project_id: str, thread_id: str, limit: int, before: str | None
) -> list[dict[str, Any]]:
    """The states of a thread, the newest first, at most so many, all before a checkpoint.

    Raises:
        ThreadNotFoundError: the project has no such thread.
        UnknownCheckpointError: the thread has never been there.
    """
    await services.threads.get(project_id, thread_id)
    end = None
    if before is not None:
        end = await place_of(services, project_id, thread_id, before)
    states: list[dict[str, Any]] = []
    async for run in _runs(services, project_id, thread_id, end[0] if end else None):
        until = end[1].seq if end is not None and end[0].id == run.id else None
        states += await _backwards(services, run, until, limit + 1 - len(states))
        if len(states) > limit:
            break
    return [_after(state, before) for state, before in zip_longest(states, states[1:])][:limit]


def _after(state: dict[str, Any], before: dict[str, Any] | None) -> dict[str, Any]:
    """The first state of a run comes after the last one of the run before it."""
    if before is None or state["parent_checkpoint"] is not None:
        return state
    parent = {"parent_checkpoint": before["checkpoint"]}
    return {**state, **parent, "parent_checkpoint_id": before["checkpoint_id"]}


def shown_interrupts(stop: Stop | None) -> list[dict[str, Any]]:
    """What a run has stopped for, as clients read it."""
    return [interrupt_json(each) for each in stop.interrupts] if stop is not None else []


async def _of_run(services: Services, run: Run, seq: int) -> dict[str, Any]:
    unfolding = await services.looks.unfolded(run, seq)
    moment = await services.computing.run(unfolding.moment)
    return snapshot(moment, None)


async def _runs(
    services: Services, project_id: str, thread_id: str, newest: Run | None
) -> AsyncIterator[Run]:
    """The runs of a thread that count, the newest first, from this one on."""
    page = await services.threads.runs(project_id, thread_id, limit=MOST_RUNS)
    for run in page.items:
        if newest is not None and run.turn > newest.turn:
            continue
        if run.attempt and not (run.is_rolled_back and run.is_over):
            yield run


async def _backwards(
    services: Services, run: Run, until: int | None, limit: int
) -> list[dict[str, Any]]:
    """The states at the checkpoints of a run, the newest first, all before the entry `until`."""
    plan = await services.looks.plans.of(run)
    stored = [entry async for entry in services.log.all(run.id)]
    return await services.computing.run(partial(_unfolded, run, plan, stored, until, limit))


def _unfolded(
    run: Run, plan: Plan, stored: list[StoredEvent], until: int | None, limit: int
) -> list[dict[str, Any]]:
    events = [from_stored(entry) for entry in stored]
    marks = Marks()
    seqs = [seq for seq, event in enumerate(events) if marks.closes_before(event)]
    seqs += [len(events)] if marks.is_open else []
    wanted = [seq for seq in seqs if until is None or seq < until]
    unfolding = Unfolding(plan, as_accepted(run))
    states: list[dict[str, Any]] = []
    before = 0
    for place, seq in enumerate(wanted):
        unfolding.take(events[before:seq])
        before = seq
        if place >= len(wanted) - limit:
            parent = Checkpoint(run.id, wanted[place - 1]) if place else None
            states.append(snapshot(unfolding.moment(), parent))
    return states[::-1]
