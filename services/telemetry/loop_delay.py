"""Measures how late the event loop is: whoever blocks it holds up every run and request."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

INTERVAL_SECONDS: Final = 0.5
_REMEMBERED: Final = 3
"""One long pause is over when somebody hears of it; three are a habit."""


class LoopDelay:
    """How late the running loop has been lately; it measures inside `async with`."""

    def __init__(self, tell: Callable[[float], None]) -> None:
        self._tell = tell
        self._lately = deque([0.0] * _REMEMBERED, maxlen=_REMEMBERED)
        self._tasks = asyncio.TaskGroup()
        self._measuring: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self._tasks.__aenter__()
        self._measuring = self._tasks.create_task(self._measure(), name="loop delay")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # The error of the block is not the group's: it goes on as it is.
        if self._measuring is not None:
            self._measuring.cancel()
        await self._tasks.__aexit__(None, None, None)

    @property
    def steady(self) -> float:
        """By how much the loop is late again and again."""
        return min(self._lately)

    async def _measure(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            begun = loop.time()
            await asyncio.sleep(INTERVAL_SECONDS)
            delay = max(loop.time() - begun - INTERVAL_SECONDS, 0.0)
            self._lately.append(delay)
            self._tell(delay)
