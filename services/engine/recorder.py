"""Hands the events of one run to the journal, many at a time, while the graph goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence

from services.domain.events.runs import RunResumed, RunStarted
from services.domain.events.vocabulary import RunEvent
from services.domain.projection import Projection
from services.domain.runs import Run
from services.domain.visits import NodeState
from services.journal import Journal
from services.store.batches import Recorded

BACKLOG = 1_000
"""Events that may wait for the database before no further visit may begin."""


class Recorder:
    """The one writer of a run that is being executed.

    While one batch is being committed the next one gathers, so a run costs a transaction per
    commit time and not one per event. In memory there are at most these two: a full backlog each,
    and what the visits say that had begun by then.

    Every commit also brings what was asked of the run by then, which `heard` is told at once: a run
    that is busy hears of it without looking.
    """

    def __init__(
        self,
        journal: Journal,
        run: Run,
        fence: int,
        open_visits: Iterable[NodeState] = (),
        *,
        heard: Callable[[Recorded], None] = lambda _: None,
    ) -> None:
        self._heard = heard
        self._journal = journal
        self._fence = fence
        self._projection = Projection(run, open_visits)
        self._waiting: list[RunEvent] = []
        self._more = asyncio.Event()
        self._room = asyncio.Event()
        self._ended = False

    def put(self, events: Iterable[RunEvent]) -> None:
        """Take events in."""
        self._waiting.extend(events)
        if self._waiting:
            self._more.set()
        if len(self._waiting) > BACKLOG:
            self._room.clear()

    async def room(self) -> None:
        """Wait until the run's start is recorded, and while too many events wait for that."""
        await self._room.wait()

    def end(self) -> None:
        """No more events will come; `drain` returns when all are recorded."""
        self._ended = True
        self._more.set()
        self._journal.hurry()

    async def begin(self, started: RunStarted | RunResumed) -> None:
        """Record that a process executes the run; where it may not, no visit has begun.

        Raises:
            ServiceError: the journal refused it; this run is not ours any more.
            TransitionError: the same, because somebody else changed its status.
        """
        self._journal.hurry()  # the graph is being set up meanwhile, and its first visit waits
        await self._record([started])
        self._room.set()

    async def drain(self) -> None:
        """Record what comes in, until the end.

        Raises:
            ServiceError: the journal refused a batch; this run is not ours any more.
            TransitionError: the same, because somebody else changed its status.
        """
        while not (self._ended and not self._waiting):
            await self._more.wait()
            self._more.clear()
            batch, self._waiting = self._waiting, []
            self._room.set()
            if batch:
                if self._ended:
                    self._journal.hurry()
                await self._record(batch)

    async def _record(self, batch: Sequence[RunEvent]) -> None:
        states = self._projection.apply(batch)
        self._heard(await self._journal.record(self.run.id, self._fence, batch, states))

    @property
    def run(self) -> Run:
        """The run as far as it is recorded."""
        return self._projection.run

    def open_visits(self) -> tuple[NodeState, ...]:
        """The visits that have begun and not ended, as far as they are recorded."""
        return self._projection.open_visits()
