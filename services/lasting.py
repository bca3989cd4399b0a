"""What works in a task of its own as long as a block lasts."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self


class Lasting(ABC):
    """Works inside `async with`, and is stopped at the end of it."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._tasks = asyncio.TaskGroup()
        self._working: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self._tasks.__aenter__()
        self._working = self._tasks.create_task(self._work(), name=self._name)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._working is not None:
            self._working.cancel()
        # The error of the block is not the group's: it goes on as it is.
        await self._tasks.__aexit__(None, None, None)

    @abstractmethod
    async def _work(self) -> None:
        """Go on until cancelled."""
