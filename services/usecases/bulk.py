"""The same asked of many runs: each is a case of its own, and one that refuses hinders no other."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias, assert_never

from services.domain.runs import Run, RunStatus
from services.domain.selecting import RunSelection
from services.errors import RunNotFoundError, ServiceError
from services.store.paging import Page
from services.store.wakes import ALIVE
from services.usecases.runs import RunUseCases
from workflow_compiler.errors import DefinitionError

AT_ONCE: Final = 16
"""What is asked together is written together; more would keep others waiting."""


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a run: the run itself, or the one that goes on from it."""

    run_id: str
    run: Run


@dataclass(frozen=True, slots=True)
class Refused:
    """Why nothing came of it."""

    run_id: str
    error: Exception


Outcome: TypeAlias = Done | Refused


@dataclass(frozen=True, slots=True)
class These:
    """Runs by their ids."""

    ids: Sequence[str]


@dataclass(frozen=True, slots=True)
class Such:
    """The next runs that somebody means, after a place in their list."""

    wanted: RunSelection
    cursor: str | None = None
    limit: int = 200


Choice: TypeAlias = These | Such


async def cancel_many(
    runs: RunUseCases, project_id: str, choice: Choice, reason: str
) -> Page[Outcome]:
    """Stop runs; of those that somebody means without a status, those that are not over.

    Raises:
        CursorError: no page gave this cursor.
    """
    found = await chosen(runs, project_id, choice, ALIVE)
    return await each(found, lambda run: runs.cancel(run.id, reason))


async def chosen(
    runs: RunUseCases, project_id: str, choice: Choice, usual: Sequence[RunStatus]
) -> Page[Run | Refused]:
    """The runs of a choice; `usual` are the statuses that are meant where none is said.

    Raises:
        CursorError: no page gave this cursor.
    """
    match choice:
        case These(ids=ids):
            found = [await _one(runs, project_id, run_id) for run_id in dict.fromkeys(ids)]
            return Page(items=tuple(found), next_cursor=None)
        case Such(wanted=wanted, cursor=cursor, limit=limit):
            meant = wanted if wanted.statuses else replace(wanted, statuses=usual)
            page = await runs.page(project_id, meant, cursor=cursor, limit=limit)
            return Page(items=page.items, next_cursor=page.next_cursor)
        case _:
            assert_never(choice)


async def each(found: Page[Run | Refused], ask: Callable[[Run], Awaitable[Run]]) -> Page[Outcome]:
    """Ask the same of each run, some at a time."""
    places = asyncio.Semaphore(AT_ONCE)

    async def outcome(run: Run | Refused) -> Outcome:
        if isinstance(run, Refused):
            return run
        async with places:
            try:
                return Done(run.id, await ask(run))
            except (ServiceError, DefinitionError) as error:
                return Refused(run.id, error)

    async with asyncio.TaskGroup() as tasks:
        asked = [tasks.create_task(outcome(run)) for run in found.items]
    return Page(items=tuple(task.result() for task in asked), next_cursor=found.next_cursor)


async def _one(runs: RunUseCases, project_id: str, run_id: str) -> Run | Refused:
    run = await runs.store.get(run_id)
    if run is None or run.project_id != project_id:
        return Refused(run_id, RunNotFoundError(run_id))
    return run
