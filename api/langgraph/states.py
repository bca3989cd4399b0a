"""How threads stand, and how they stood, read from the logs of their runs."""

from __future__ import annotations

from typing import Any

from api.errors import UnknownCheckpointError
from api.langgraph.checkpoints import Checkpoint, parse_checkpoint
from api.langgraph.snapshots import empty_snapshot, interrupt_json, snapshot, with_interrupts
from api.langgraph.values import values_of
from services.bootstrap import Services
from services.domain.runs import Run
from services.usecases.interrupts import Stop


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


def shown_interrupts(stop: Stop | None) -> list[dict[str, Any]]:
    """What a run has stopped for, as clients read it."""
    return [interrupt_json(each) for each in stop.interrupts] if stop is not None else []


async def _of_run(services: Services, run: Run, seq: int) -> dict[str, Any]:
    unfolding = await services.looks.unfolded(run, seq)
    moment = await services.computing.run(unfolding.moment)
    return snapshot(moment, None)
