"""Lines that somebody types while a run goes on."""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from threading import Thread


class Typed:
    """The lines of stdin.

    A thread reads them, which a read that never ends must not keep the process from ending: so it
    is one that nobody waits for.
    """

    def __init__(self) -> None:
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        loop = asyncio.get_running_loop()
        Thread(target=self._read, args=(loop,), name="typed", daemon=True).start()

    async def line(self) -> str | None:
        """The next line; None when there are no more."""
        return await self._lines.get()

    def put(self, line: str) -> None:
        """Have a line as if somebody had typed it."""
        self._lines.put_nowait(line)

    def _read(self, loop: asyncio.AbstractEventLoop) -> None:
        # A file of its own: at its end the process waits for nobody who reads from `sys.stdin`.
        # The loop may be gone by then, and with it whoever wanted the lines.
        stdin = sys.stdin.fileno()
        with (
            suppress(RuntimeError),
            open(stdin, encoding="utf-8", errors="replace", closefd=False) as lines,
        ):
            for line in lines:
                loop.call_soon_threadsafe(self._lines.put_nowait, line)
            loop.call_soon_threadsafe(self._lines.put_nowait, None)
