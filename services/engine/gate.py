"""Where visits begin: each visit of a run, and each further attempt of one, passes here first.

The gate is open or shut for the whole run; what has passed goes to its end. Single visits are
stopped by the debugger.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from services.engine.activity import Activity
from workflow_compiler.history import VisitKey


class Gate:
    """Lets visits begin as long as the run is not held; `room` is what else they wait for."""

    def __init__(self, activity: Activity, room: Callable[[], Awaitable[None]]) -> None:
        self.activity = activity
        self._room = room
        self._open = asyncio.Event()
        self._open.set()

    @property
    def is_held(self) -> bool:
        """Whether nothing may begin."""
        return not self._open.is_set()

    def hold(self, *, is_held: bool) -> None:
        """Let nothing begin, or all that has come; what has begun goes to its end."""
        if is_held == self.is_held:
            return
        if is_held:
            self._open.clear()
        else:
            self._open.set()
        self.activity.hold(is_held=is_held)

    async def enter(self, visit: VisitKey) -> None:
        """Wait until a visit may begin, or make its next attempt."""
        with self.activity.coming(visit):
            await self._room()
        try:
            while self.is_held:
                self.activity.stops(visit)
                await self._open.wait()
        finally:
            self.activity.passes(visit)
