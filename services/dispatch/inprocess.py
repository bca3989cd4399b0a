"""Runs as tasks of this process: the default, which needs nothing beside it."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Final, Protocol, Self

import structlog

from services.dispatch.fair import FairSlots
from services.ports import Load

GATHER_SECONDS: Final = 0.02
"""What is asked within this time is looked at together."""

LOOK_LIMIT: Final = 200
"""Runs that one look takes; when there are places again, another look takes more."""

_log = structlog.get_logger(__name__)


class Executes(Protocol):
    """Executes runs and stops them."""

    async def execute(self, run_id: str) -> bool:
        """Execute a run as far as it goes; whether it waits in the database now."""

    def look(self, run_id: str) -> bool:
        """Have a run that has its place here look for what it waits for; whether it is one."""

    async def hear(self) -> None:
        """Do what was asked of the runs that are being executed, wherever it was asked."""

    def cancel(self, run_id: str, reason: str) -> None:
        """Stop a run that is being executed."""

    def hold(self, run_id: str, *, is_held: bool) -> None:
        """Let nothing more of a run begin that is being executed, or let it go on."""

    def release(self, run_id: str) -> bool:
        """Stop executing a run and leave it for another process; whether it was executed."""


class Due(Protocol):
    """Knows the runs that wait for a process."""

    async def due(self, limit: int) -> list[str]:
        """Runs that should be executed and that no process executes now, at most `limit`."""

    async def next_due(self) -> float | None:
        """Seconds until there may be another one; None when nothing is on its way."""

    async def project_of(self, run_id: str) -> str | None:
        """The project of a run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much at once, how long at the end, how often a look at what others left behind."""

    runs_at_once: int
    grace_seconds: float
    sweep_seconds: float
    runs_per_project: int | None = None


class InProcessDispatcher:
    """Executes some runs at once; more wait, in the order in which those of their project came.

    It works inside `async with`. Leaving the block gives running work a grace period and then
    releases it, so that another process goes on with it at once.
    """

    def __init__(self, executor: Executes, waiting: Due, bounds: Bounds) -> None:
        self._executor = executor
        self._waiting = waiting
        self._bounds = bounds
        self._slots = FairSlots(bounds.runs_at_once, bounds.runs_per_project, waiting.project_of)
        self._tasks = asyncio.TaskGroup()
        self._running: dict[str, asyncio.Task[bool]] = {}
        self._closing = asyncio.Event()
        self._news = asyncio.Event()
        self._may_be_more = False
        self._looked_at = time.monotonic()

    async def __aenter__(self) -> Self:
        await self._tasks.__aenter__()
        self._tasks.create_task(self._sweep(), name="sweep")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._closing.set()
        self._news.set()
        if self._running:
            await asyncio.wait(self._running.values(), timeout=self._bounds.grace_seconds)
        for run_id in tuple(self._running):
            self._executor.release(run_id)
        await self._tasks.__aexit__(None, None, None)

    @property
    def has_room(self) -> bool:
        """Whether a run that is sent now is executed at once."""
        return not (self._closing.is_set() or self._slots.locked())

    def load(self) -> Load:
        """How busy it is."""
        taken, waiting = self._slots.counts()
        return Load(
            places=self._bounds.runs_at_once,
            taken=taken,
            waiting=waiting,
            looked_seconds_ago=time.monotonic() - self._looked_at,
        )

    def look(self) -> None:
        """Another process has asked something of runs: look which ones, and what."""
        self._news.set()

    def send(self, run_id: str) -> None:
        """Have a run executed soon; one that this process is at looks at what is asked of it."""
        if self._closing.is_set():
            return
        if self._executor.look(run_id):
            self.look()
            return
        if run_id in self._running:
            return
        task = self._tasks.create_task(self._execute(run_id), name=f"run {run_id}")
        self._running[run_id] = task
        task.add_done_callback(partial(self._done, run_id))

    def tell(self, run_id: str) -> None:
        """Have a run that this process executes look at what is asked of it."""
        self._executor.look(run_id)

    async def accept(self, run_id: str) -> None:
        """Have a run executed as soon as there is a place for it, and return then.

        Whoever takes runs from a queue takes no more of them than there are places here.
        """
        async with self._slots.place(run_id):
            self.send(run_id)

    def cancel(self, run_id: str, reason: str) -> None:
        """Stop a run that this process executes; one that nobody executes is ended soon."""
        if run_id in self._running:
            self._executor.cancel(run_id, reason)
        else:
            self.send(run_id)

    def hold(self, run_id: str, *, is_held: bool) -> None:
        """Let nothing more of a run begin that this process executes, or let it go on."""
        self._executor.hold(run_id, is_held=is_held)

    def _done(self, run_id: str, task: asyncio.Task[bool]) -> None:
        del self._running[run_id]
        if not task.cancelled() and task.result():
            self._news.set()  # it may be due before anything that the sweep knows of
        elif self._may_be_more and self.has_room:
            self._news.set()  # the last look did not find all

    async def _execute(self, run_id: str) -> bool:
        try:
            async with self._slots.place(run_id):
                return not self._closing.is_set() and await self._executor.execute(run_id)
        except Exception:  # noqa: BLE001 - logged with its traceback
            # The run stays claimed until its lease ends; one run's trouble is not another's.
            _log.exception("run.broken", run_id=run_id)
            return False

    async def _sweep(self) -> None:
        """Take care of what is asked of runs, and of runs that wait for a process.

        It looks when it is told to, and when the next run is due. Beyond that it looks once in the
        time of a lease: so it knows of every lease before it ends, and of what it was not told.
        """
        while not self._closing.is_set():
            seconds = await self._send_due()
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._news.wait()
                    await asyncio.sleep(GATHER_SECONDS)
            self._news.clear()

    async def _send_due(self) -> float:
        """Send the runs that are due; the seconds until it is worth another look."""
        longest = self._bounds.sweep_seconds
        try:
            await self._executor.hear()
            due = await self._waiting.due(LOOK_LIMIT)
            self._may_be_more = len(due) == LOOK_LIMIT
            for run_id in due:
                self.send(run_id)
            following = await self._waiting.next_due()
            self._looked_at = time.monotonic()
        except Exception:  # noqa: BLE001 - logged with its traceback
            # Without the database there is nothing to do but to look again.
            _log.exception("sweep.broken")
            return longest
        return longest if following is None else min(following, longest)
