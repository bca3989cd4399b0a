"""The one way in which anything that happens to a run is written down, and then shown.

Writers do not wait for one another: all that is waiting when a transaction ends goes into the next
one together, whatever runs it belongs to (group commit). While nobody waits for an answer, a group
gathers for a moment first: a transaction costs more than all the events that it writes. One task
owns this, so a caller that is cancelled takes nothing with it: what was handed in is written.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Final, Self, TypeAlias, TypeVar

from pydantic_core import PydanticSerializationError
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from services.domain.control import Decide
from services.domain.events.frames import Frame, to_stored
from services.domain.events.runs import RunCreated
from services.domain.events.vocabulary import RunEvent
from services.domain.reruns.going_on import Taken
from services.domain.runs import Run
from services.domain.threads import Joining
from services.domain.visits import NodeState
from services.errors import JournalClosedError, OutcomeUnknownError
from services.ports import Publisher
from services.store.appends import append
from services.store.batches import Ask, Batch, Recorded, Refusal, Telling, Waiting
from services.store.creations import create
from services.store.database import Database
from services.store.notifications import speak
from services.store.patience import patiently
from services.store.schedules import Firing, fire
from services.store.threads import Joined, join

T = TypeVar("T")

GROUP_LIMIT: Final = 256
"""Batches in one transaction at most, so that the first of them does not wait for too many."""

UNTOLD_LIMIT: Final = 1024 * 1024
"""Characters of messages to other processes that may wait for the database."""

GATHER_SECONDS: Final = 0.01
"""Between two transactions when nobody is in a hurry; the first after a silence starts at once."""

PATIENCE_SECONDS: Final = 60.0
"""So long a database may be away before what happened is given up."""


Measure: TypeAlias = Callable[[int, float], object]
"""Hears how many batches a transaction wrote, and in how many seconds."""


class Journal:
    """Stores what happened to runs and then shows it: the only writer of the logs.

    It works inside `async with`; leaving the block writes all that was handed in.
    """

    def __init__(self, database: Database, hub: Publisher) -> None:
        self._database = database
        self._hub = hub
        self._begin: Callable[[str], None] = _leave_to_others
        self._measure: Measure = _unmeasured
        self._queue: asyncio.Queue[Waiting | Telling | None] = asyncio.Queue()
        self._untold = 0
        self._tasks = asyncio.TaskGroup()
        self._hurry = asyncio.Event()
        self._is_open = False

    async def __aenter__(self) -> Self:
        await self._tasks.__aenter__()
        self._tasks.create_task(self._run(), name="journal")
        self._is_open = True
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # The error of the block is not the group's: given to it, it would stop the last writes.
        self._is_open = False
        self._queue.put_nowait(None)
        self.hurry()
        await self._tasks.__aexit__(None, None, None)

    async def create(
        self,
        run: Run,
        event: RunCreated,
        *,
        idempotency_key: str | None = None,
        taken: Taken | None = None,
    ) -> Run:
        """Write a new run and its first event, and after it those that it takes over.

        Returns:
            The run; the earlier one when the project has a run with this idempotency key.
        """
        stored = to_stored(event)
        created, frames = await self._write(
            lambda connection: create(connection, run, event, stored, idempotency_key, taken)
        )
        self._show_new(created, frames)
        return created

    async def join(
        self,
        run: Run,
        event: RunCreated,
        joining: Joining,
        *,
        idempotency_key: str | None,
        taken: Taken | None = None,
    ) -> Joined:
        """Write a new run of an existing thread, and what it does to the active runs there.

        Raises:
            ThreadNotFoundError: the project has no such thread.
            ThreadBusyError: a run of the thread is not over, and the newcomer is not to wait.
        """
        joined = await self._write(
            lambda connection: join(connection, run, event, idempotency_key, joining, taken)
        )
        self._show_new(joined.run, joined.frames)
        for stopped in joined.stopped:
            self._show(stopped)
        return joined

    async def fire(self, firing: Firing, run: Run, event: RunCreated) -> Run | None:
        """Write the run of a moment of a schedule; None when another process has done so."""
        begun = await self._write(lambda connection: fire(connection, firing, run, event))
        if begun is None:
            return None
        created, frames = begun
        self._show_new(created, frames)
        return created

    def _show_new(self, run: Run, frames: Sequence[Frame]) -> None:
        """Show how a run began; one that was there before has no frames and shows nothing."""
        if frames:
            self._hub.publish(run.id, run.project_id, frames)

    def when_turns_come(self, begin: Callable[[str], None]) -> None:
        """Have somebody told of runs whose turn on their thread has come with the end of a run."""
        self._begin = begin

    def measured_by(self, measure: Measure) -> None:
        """Have somebody told how long each transaction took."""
        self._measure = measure

    async def record(
        self,
        run_id: str,
        fence: int | None,
        events: Sequence[RunEvent],
        states: Sequence[NodeState] = (),
    ) -> Recorded:
        """Write what happened to a run, all of it or nothing, and then show it.

        Args:
            run_id: the run.
            fence: the fence of the claim, None for a use case that does not execute the run.
            events: what happened, in order.
            states: the visits that this changed, from the projection of whoever executes the run.

        Raises:
            LeaseLostError: another process executes the run.
            RunIsOverError: the run has reached its end.
            TransitionError: an event does not fit the run's status; somebody else was faster.
            PydanticSerializationError: an event holds a value that has no JSON.
            SQLAlchemyError: the database refuses the batch, or was away for a minute.
            RunNotFoundError: no such run.
            JournalClosedError: the process is shutting down.
        """
        if not self._is_open:
            raise JournalClosedError(run_id)
        batch = Batch(
            run_id=run_id,
            fence=fence,
            events=tuple(events),
            stored=tuple(to_stored(event) for event in events),
            states=tuple(states),
        )
        return await self._recorded(batch)

    async def ask(self, run_id: str, decide: Decide) -> Recorded:
        """Write what is decided about a run while nobody else can change it, and then show it.

        Raises:
            RunNotFoundError: no such run.
            ConflictError: what is asked does not fit the run.
            JournalClosedError: the process is shutting down.
        """
        if not self._is_open:
            raise JournalClosedError(run_id)
        return await self._recorded(Ask(run_id=run_id, decide=decide))

    def tell(self, messages: Sequence[str]) -> None:
        """Tell other processes something that is kept nowhere, in order with what is written.

        It waits for nothing. While the database is away, what goes beyond a bound is left out.
        """
        size = sum(map(len, messages))
        if self._is_open and messages and self._untold + size <= UNTOLD_LIMIT:
            self._untold += size
            self._queue.put_nowait(Telling(messages, size))

    async def _recorded(self, wanted: Batch | Ask) -> Recorded:
        waiting = Waiting(wanted, asyncio.get_running_loop().create_future())
        self._queue.put_nowait(waiting)
        if wanted.is_awaited:
            self.hurry()
        return await waiting.done

    def hurry(self) -> None:
        """Write at once what was handed in: somebody waits for it."""
        self._hurry.set()

    async def _run(self) -> None:
        while (first := await self._queue.get()) is not None:
            self._hurry.clear()
            group = [first, *self._more()]
            self._untold -= sum(each.size for each in group if isinstance(each, Telling))
            await self._commit(group)
            await self._gather()

    async def _gather(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(GATHER_SECONDS):
                await self._hurry.wait()

    def _more(self) -> Iterator[Waiting | Telling]:
        """What waits besides the first of a group; the mark of the end stays in the queue."""
        for _ in range(min(self._queue.qsize(), GROUP_LIMIT - 1)):
            waiting = self._queue.get_nowait()
            if waiting is None:
                self._queue.put_nowait(None)
                return
            yield waiting

    async def _commit(self, group: Sequence[Waiting | Telling]) -> None:
        begun = time.monotonic()
        batches = [each for each in group if isinstance(each, Waiting)]
        told = [text for each in group if isinstance(each, Telling) for text in each.messages]
        wanted = [waiting.wanted for waiting in batches]
        try:
            outcomes = await self._write(lambda connection: _written(connection, told, wanted))
        except (SQLAlchemyError, PydanticSerializationError) as error:
            await self._commit_apart(group, error)
            return
        except OutcomeUnknownError as error:
            for waiting in group:  # not one by one: it may all be written
                waiting.settle(error)
            return
        self._measure(len(batches), time.monotonic() - begun)
        for waiting, outcome in zip(batches, outcomes, strict=True):
            if isinstance(outcome, Recorded):
                self._show(outcome)
            waiting.settle(outcome)

    def _show(self, recorded: Recorded) -> None:
        self._hub.publish(recorded.run_id, recorded.project_id, recorded.frames)
        if recorded.follower is not None:
            self._begin(recorded.follower)

    async def _commit_apart(self, group: Sequence[Waiting | Telling], error: Exception) -> None:
        """Find the batch that the database refuses, so that it fails its own caller only."""
        if len(group) == 1:
            group[0].settle(error)
            return
        for waiting in group:
            await self._commit([waiting])

    async def _write(self, work: Callable[[Connection], T]) -> T:
        return await patiently(lambda: self._database.write(work), PATIENCE_SECONDS)


def _written(
    connection: Connection, told: Sequence[str], wanted: Sequence[Batch | Ask]
) -> list[Recorded | Refusal]:
    """Text of a visit goes out before the end of the visit, which is in the same transaction."""
    speak(connection, told)
    return append(connection, wanted) if wanted else []


def _leave_to_others(run_id: str) -> None:
    """A process that executes nothing begins nothing: the run is due, and others look for it."""


def _unmeasured(batches: int, seconds: float) -> None:
    """Nobody wants to know."""
