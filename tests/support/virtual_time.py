"""An event loop whose time is virtual: nobody waits for a timer, and all keep their order."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _Selector(selectors.DefaultSelector):
    """Where the loop would sleep until the next timer, time goes on by as much at once."""

    seconds = 0.0

    def select(self, timeout: float | None = None) -> Any:
        # Without a timer only another thread can go on, and that one takes real time.
        ready = super().select(None if timeout is None else 0)
        if not ready and timeout is not None:
            self.seconds += max(timeout, 0)
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop that is never idle."""

    def __init__(self) -> None:
        self._virtual = _Selector()
        super().__init__(self._virtual)

    def time(self) -> float:
        return self._virtual.seconds


def run_virtually(work: Coroutine[Any, Any, T]) -> tuple[T, float]:
    """What the work gives, and how many virtual seconds it took."""

    async def timed() -> tuple[T, float]:
        loop = asyncio.get_running_loop()
        start = loop.time()
        return await work, loop.time() - start

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(timed())
