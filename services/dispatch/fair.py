"""Places for the runs that a process executes at once, shared fairly between projects."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from heapq import heapify, heappop, heappush
from itertools import count
from typing import TypeAlias

ProjectOf: TypeAlias = Callable[[str], Awaitable[str | None]]

_NOBODY = ""
"""Stands for the project of a run that is gone, and for any while nobody has to know."""


class FairSlots:
    """So many places; a free one goes to the waiting project that got one longest ago.

    Within a project the runs go in the order in which they came. Nobody asks for the project of a
    run that gets its place at once, unless there is a bound for each project too.
    """

    def __init__(self, at_once: int, per_project: int | None, project_of: ProjectOf) -> None:
        self._free = at_once
        self._per_project = per_project
        self._project_of = project_of
        self._tickets = count(1)
        self._arriving = 0
        self._queues: dict[str, list[tuple[int, asyncio.Event]]] = {}
        self._served: dict[str, int] = {}
        self._taken: Counter[str] = Counter()

    @asynccontextmanager
    async def place(self, run_id: str) -> AsyncIterator[None]:
        """Wait for a place, and keep it for the time of the block."""
        project = await self._enter(run_id)
        try:
            yield
        finally:
            self._leave(project)

    def counts(self) -> tuple[int, int]:
        """How many places are taken, and how many runs wait for one."""
        waiting = sum(len(queue) for queue in self._queues.values()) + self._arriving
        return self._taken.total(), waiting

    def locked(self) -> bool:
        """Whether a run that comes now has to wait; with a bound for each project, perhaps."""
        return not self._is_idle()

    async def _enter(self, run_id: str) -> str:
        """Take a place; the project that it counts for."""
        if self._is_idle() and self._per_project is None:
            self._take(_NOBODY)
            return _NOBODY
        ticket, given = next(self._tickets), asyncio.Event()
        self._arriving += 1
        try:
            project = await self._project_of(run_id) or _NOBODY
        finally:
            self._arriving -= 1
        heappush(self._queues.setdefault(project, []), (ticket, given))
        self._admit()
        try:
            await given.wait()
        except asyncio.CancelledError:
            self._give_up(project, ticket, given)
            raise
        return project

    def _is_idle(self) -> bool:
        return self._free > 0 and not self._queues and not self._arriving

    def _take(self, project: str) -> None:
        self._free -= 1
        self._taken[project] += 1

    def _leave(self, project: str) -> None:
        self._free += 1
        self._taken[project] -= 1
        if not self._taken[project]:
            del self._taken[project]
        self._admit()

    def _admit(self) -> None:
        """Give the free places to those who wait."""
        while self._free and (project := self._next()) is not None:
            _, given = heappop(self._queues[project])
            self._served[project] = next(self._tickets)
            if not self._queues[project]:
                del self._queues[project]
            self._take(project)
            given.set()
        if not self._queues:
            self._served.clear()  # whoever comes next competes with nobody

    def _next(self) -> str | None:
        """The project whose turn it is; None when nobody may begin."""
        bound = self._per_project
        waiting = (p for p in self._queues if bound is None or self._taken[p] < bound)
        return min(waiting, key=lambda project: self._served.get(project, 0), default=None)

    def _give_up(self, project: str, ticket: int, given: asyncio.Event) -> None:
        """Whoever waited is stopped; a place that it had just been given goes to the next."""
        if given.is_set():
            self._leave(project)
            return
        queue = self._queues[project]
        queue.remove((ticket, given))
        heapify(queue)
        if not queue:
            del self._queues[project]
