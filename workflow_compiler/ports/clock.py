"""Time, as a port: tests may own it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime, timezone
from typing import Protocol

import anyio
import anyio.lowlevel
import anyio.to_thread


class WallClock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """The moment, in UTC."""


class Clock(WallClock, Protocol):
    """Time that can be waited for too; tests may own it."""

    async def sleep(self, seconds: float) -> None:
        """Return after so many seconds."""

    def timeout(self, seconds: float) -> AbstractContextManager[object, bool]:
        """Cancel the body when it takes longer, and go on after the block."""


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        """The moment, in UTC."""
        return datetime.now(timezone.utc)  # noqa: TID251, UP017 - this is the clock

    async def sleep(self, seconds: float) -> None:
        """Return after so many seconds."""
        await anyio.sleep(seconds)

    def timeout(self, seconds: float) -> AbstractContextManager[object, bool]:
        """Cancel the body when it takes longer, and go on after the block."""
        return anyio.move_on_after(seconds)
