"""Waits until nothing of a run moves any more: then the same commands find the same run."""

from __future__ import annotations

from typing import Final

from api.cli.debugger.stopped import Relative, alive
from services.bootstrap import Services
from services.domain.events.frames import LAST_TYPES
from services.domain.events.runs import RunPaused, RunWaiting
from services.domain.events.waits import WaitKind
from services.domain.runs import AT_REST, Run, RunStatus

_RESTS: Final = frozenset({RunPaused.type, RunWaiting.type}) | LAST_TYPES
_FROM_OUTSIDE: Final = frozenset({WaitKind.TASK, WaitKind.SIGNAL})


async def rest(services: Services, run_id: str, after_seq: int) -> None:
    """Until the run has come to rest after an entry of its log, and somebody has to act."""
    async with services.runs.watch(run_id, after_seq) as frames:
        async for frame in frames:
            if frame.type in _RESTS and await is_at_rest(services, run_id):
                return


async def is_at_rest(services: Services, run_id: str) -> bool:
    """Whether a run and its sub-runs stay as they are until somebody does something."""
    relatives = await alive(services, run_id)
    runs = [await services.runs.get(relative.run_id) for relative in relatives]
    for run in runs:
        if not run.is_over and not await _rests(services, run):
            return False
    return not relatives or await _is_somebodys_turn(services, run_id, runs, relatives)


async def _rests(services: Services, run: Run) -> bool:
    """Whether no process is at a run or about to be; one that is held may never have begun."""
    if run.debugging is not None and run.debugging.passed:
        return False
    due_at = await services.runs.store.due_at(run.id)
    is_due = due_at is not None and due_at <= services.clock.now()
    is_born_held = run.status is RunStatus.PENDING and run.is_held
    return (run.status in AT_REST and not is_due) or is_born_held


async def _is_somebodys_turn(
    services: Services, run_id: str, runs: list[Run], relatives: tuple[Relative, ...]
) -> bool:
    """Whether anything has stopped or waits for an answer, or else nothing comes by itself."""
    if any(run.status is RunStatus.PAUSED or _has_stopped(run) for run in runs):
        return True
    if await services.runs.store.due_at(run_id) is None:
        return True
    for relative in relatives:
        look = await services.looks.state(relative.run_id)
        waits = (visited.wait for visited in look.moment.nodes if visited.is_open)
        if any(wait is not None and wait.kind in _FROM_OUTSIDE for wait in waits):
            return True
    return False


def _has_stopped(run: Run) -> bool:
    return run.debugging is not None and bool(run.debugging.stops)
