"""Keeps long computations off the event loop, on which everybody else is waiting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

import anyio
import anyio.to_thread

T = TypeVar("T")

AT_ONCE: Final = 2
"""More of them would only take the interpreter from one another, and from the loop."""


class Computing:
    """Runs computations in threads, a few at a time; more wait in the order in which they came."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._threads = anyio.CapacityLimiter(at_once)

    async def run(self, work: Callable[[], T]) -> T:
        """What `work` returns. It touches nothing that belongs to the loop."""
        return await anyio.to_thread.run_sync(work, limiter=self._threads)
