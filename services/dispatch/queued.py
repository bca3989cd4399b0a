"""Tells workers through a queue that a run may be executed; all else is in the database.

A message is a wake-up and nothing more: one that is lost costs the time until a worker looks by
itself, and of two that are the same the second finds nothing to claim.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from importlib import import_module
from types import TracebackType
from typing import Any, Final, Protocol, Self

import structlog

from services.errors import DispatchError

CAPACITY: Final = 10_000
"""Messages that wait for a queue that is slow or away; workers find more runs by themselves."""

SEND_SECONDS: Final = 5.0
"""So long may a queue take for one message."""

_log = structlog.get_logger(__name__)

Put = Callable[[str], Awaitable[object]]
"""Puts a message about a run into the queue."""


class Accepts(Protocol):
    """Executes the runs of which a queue tells."""

    async def accept(self, run_id: str) -> None:
        """Have a run executed; return when there is a place for it."""


def load_client(extra: str, module: str) -> Any:
    """The module of a queue, loaded when it was chosen: each takes half a second.

    Raises:
        DispatchError: the extra is not installed.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise DispatchError(extra) from error


class QueueDispatcher:
    """Puts messages into a queue inside `async with`, in a task of its own: nobody waits for it."""

    def __init__(self, put: Put, grace_seconds: float) -> None:
        self._put = put
        self._grace_seconds = grace_seconds
        self._waiting: dict[str, None] = {}
        self._more = asyncio.Event()
        self._tasks = asyncio.TaskGroup()
        self._sending: asyncio.Task[None] | None = None
        self._closing = False

    async def __aenter__(self) -> Self:
        await self._tasks.__aenter__()
        self._sending = self._tasks.create_task(self._send_all(), name="dispatch")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._closing = True
        self._more.set()
        if self._sending is not None:
            await asyncio.wait([self._sending], timeout=self._grace_seconds)
            self._sending.cancel()
        await self._tasks.__aexit__(None, None, None)

    def send(self, run_id: str) -> None:
        """Have a worker told that a run is due; one that is about to be told of is told once."""
        if len(self._waiting) < CAPACITY:
            self._waiting[run_id] = None
            self._more.set()

    @property
    def has_room(self) -> bool:
        """Never here: the process that executes a run is another one, and has to hear of it."""
        return False

    def load(self) -> None:
        """Nothing: no run is executed here."""

    def look(self) -> None:
        """Nothing: whoever executes runs looks by itself."""

    def tell(self, run_id: str) -> None:
        """Nothing: the owner of a run hears from the database."""

    def hold(self, run_id: str, *, is_held: bool) -> None:
        """Nothing: the owner of a run hears from the database."""

    def cancel(self, run_id: str, reason: str) -> None:
        """Have a run that nobody executes ended by a worker; its owner hears from the database."""
        del reason
        self.send(run_id)

    async def _send_all(self) -> None:
        while self._waiting or not self._closing:
            await self._more.wait()
            while self._waiting:
                run_id = next(iter(self._waiting))
                del self._waiting[run_id]
                await self._send(run_id)
            if not self._closing:
                self._more.clear()

    async def _send(self, run_id: str) -> None:
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self._put(run_id)
        except Exception as error:  # noqa: BLE001 - clients of queues raise what they like
            # The run is due in the database: a worker finds it when it looks.
            _log.warning("dispatch.unsent", run_id=run_id, error=repr(error))
