"""The history of a thread: a tree, where clients have gone on from earlier checkpoints."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from functools import partial
from itertools import zip_longest
from typing import Any, Final

from api.langgraph.checkpoints import Checkpoint, parse_checkpoint
from api.langgraph.snapshots import snapshot
from api.langgraph.states import place_of
from services.bootstrap import Services
from services.domain.chronicle import as_accepted
from services.domain.debug.moment import Unfolding
from services.domain.events.frames import StoredEvent, from_stored
from services.domain.events.runs import RunCreated, RunStarted, Source
from services.domain.events.vocabulary import RunEvent
from services.domain.marks import Marks
from services.domain.runs import Run
from workflow_compiler import Plan

MOST_RUNS: Final = 200
"""So many runs of a thread, the newest, are looked at."""


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
    """The first state of a run comes after the last one of the run before it, if not said else."""
    if before is None or state["parent_checkpoint"] is not None:
        return state
    return _with_parent(state, before["checkpoint"])


def _with_parent(state: dict[str, Any], parent: Mapping[str, Any]) -> dict[str, Any]:
    checkpoint_id = parent["checkpoint_id"]
    return {**state, "parent_checkpoint": parent, "parent_checkpoint_id": checkpoint_id}


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
    unfold = partial(_unfolded, run, plan, stored, until, limit)
    states = await services.computing.run(unfold)
    place = await _place(services, run)
    if place is not None and states and states[-1]["parent_checkpoint"] is None:
        states[-1] = _with_parent(states[-1], place.on(run.thread_id))
    return states


async def _place(services: Services, run: Run) -> Checkpoint | None:
    """The checkpoint that a run was to go on from, as far as a client said so."""
    requests = await services.conversations.records.requests([run.id])
    request = requests.get(run.id, {})
    named = request.get("checkpoint_id") or (request.get("checkpoint") or {}).get("checkpoint_id")
    return parse_checkpoint(named) if named is not None else None


def _unfolded(
    run: Run, plan: Plan, stored: list[StoredEvent], until: int | None, limit: int
) -> list[dict[str, Any]]:
    """What a run has taken over from another one is history of that one."""
    events = [from_stored(entry) for entry in stored]
    begun = next(seq for seq, event in enumerate(events, 1) if isinstance(event, RunStarted))
    marks = Marks()
    seqs = [seq for seq, event in enumerate(events) if marks.closes_before(event)]
    seqs += [len(events)] if marks.is_open else []
    wanted = [seq for seq in seqs if seq >= begun and (until is None or seq < until)]
    unfolding = Unfolding(plan, as_accepted(run))
    states: list[dict[str, Any]] = []
    before = 0
    for place, seq in enumerate(wanted):
        unfolding.take(events[before:seq])
        before = seq
        if place >= len(wanted) - limit:
            parent = Checkpoint(run.id, wanted[place - 1]) if place else _source(events[0])
            states.append(snapshot(unfolding.moment(), parent))
    return states[::-1]


def _source(created: RunEvent) -> Checkpoint | None:
    """The checkpoint that a fork on this thread was made at."""
    match created:
        case RunCreated(thread_id=str(), source=Source(run_id=run_id, seq=int(seq))):
            return Checkpoint(run_id, seq)
        case _:
            return None
