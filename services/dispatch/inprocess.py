"""Runs as tasks of this process: the default, which needs nothing beside it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

import structlog

_log = structlog.get_logger(__name__)


class Executes(Protocol):
    """Executes runs and stops them."""

    async def execute(self, run_id: str) -> None:
        """Execute a run to its end."""

    def cancel(self, run_id: str, reason: str) -> None:
        """Stop a run that is being executed."""

    def release(self, run_id: str) -> None:
        """Stop executing a run and leave it for another process."""


class Due(Protocol):
    """Knows the runs that wait for a process."""

    async def due(self) -> list[str]:
        """Runs that should be executed and that no process executes now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much at once, how long at the end, how often a look at what others left behind."""

    runs_at_once: int
    grace_seconds: float
    sweep_seconds: float


class InProcessDispatcher:
    """Executes some runs at once; more wait in the order in which they came.

    It works inside `async with`. Leaving the block gives running work a grace period and then
    releases it, so that another process goes on with it at once.
    """

    def __init__(self, executor: Executes, waiting: Due, bounds: Bounds) -> None:
        self._executor = executor
        self._waiting = waiting
        self._bounds = bounds
        self._slots = asyncio.Semaphore(bounds.runs_at_once)
        self._tasks = asyncio.TaskGroup()
        self._running: dict[str, asyncio.Task[None]] = {}
        self._closing = asyncio.Event()

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
        if self._running:
            await asyncio.wait(self._running.values(), timeout=self._bounds.grace_seconds)
        for run_id in tuple(self._running):
            self._executor.release(run_id)
        await self._tasks.__aexit__(None, None, None)

    def send(self, run_id: str) -> None:
        """Have a run executed soon, unless this process is at it or about to stop."""
        if run_id in self._running or self._closing.is_set():
            return
        task = self._tasks.create_task(self._execute(run_id), name=f"run {run_id}")
        self._running[run_id] = task
        task.add_done_callback(lambda _: self._running.pop(run_id, None))

    def cancel(self, run_id: str, reason: str) -> None:
        """Stop a run if this process executes it."""
        self._executor.cancel(run_id, reason)

    async def _execute(self, run_id: str) -> None:
        async with self._slots:
            if self._closing.is_set():
                return
            try:
                await self._executor.execute(run_id)
            except Exception:  # noqa: BLE001 - logged with its traceback
                # The run stays claimed until its lease ends; one run's trouble is not another's.
                _log.exception("run.broken", run_id=run_id)

    async def _sweep(self) -> None:
        """Take care of runs that wait for a process, now and then."""
        while not self._closing.is_set():
            await self._send_due()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._bounds.sweep_seconds):
                    await self._closing.wait()

    async def _send_due(self) -> None:
        try:
            for run_id in await self._waiting.due():
                self.send(run_id)
        except Exception:  # noqa: BLE001 - logged with its traceback
            # Without the database there is nothing to do but to look again.
            _log.exception("sweep.broken")
