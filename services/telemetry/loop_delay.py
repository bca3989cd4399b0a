"""Measures how late the event loop is: whoever blocks it holds up every run and request."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

from typing_extensions import override

from services.lasting import Lasting

INTERVAL_SECONDS: Final = 0.5
_REMEMBERED: Final = 3
"""One long pause is over when somebody hears of it; three are a habit."""


class LoopDelay(Lasting):
    """How late the running loop has been lately; it measures inside `async with`."""

    def __init__(self, tell: Callable[[float], None]) -> None:
        super().__init__("loop delay")
        self._tell = tell
        self._lately = deque([0.0] * _REMEMBERED, maxlen=_REMEMBERED)

    @property
    def steady(self) -> float:
        """By how much the loop is late again and again."""
        return min(self._lately)

    @override
    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            begun = loop.time()
            await asyncio.sleep(INTERVAL_SECONDS)
            delay = max(loop.time() - begun - INTERVAL_SECONDS, 0.0)
            self._lately.append(delay)
            self._tell(delay)
