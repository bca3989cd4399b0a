"""Notices when a run does nothing any more but wait."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Activity:
    """Counts the visits of a run that are at work and those of them that wait.

    When all of them wait for `linger_seconds`, it calls `rested`, once. It may be mistaken for a
    moment, between a visit and the next one: whoever gives up the run then loses nothing by it,
    since all that has ended is in the log.
    """

    def __init__(self, linger_seconds: float, rested: Callable[[], None]) -> None:
        self._linger_seconds = linger_seconds
        self._rested = rested
        self._at_work = 0
        self._waiting = 0
        self._timer: asyncio.TimerHandle | None = None

    def began(self) -> None:
        """A visit began."""
        self._at_work += 1
        self._stir()

    def ended(self) -> None:
        """A visit ended."""
        self._at_work -= 1
        self._stir()

    def waits(self) -> None:
        """A visit that is at work waits."""
        self._waiting += 1
        self._stir()

    def goes_on(self) -> None:
        """It has waited long enough."""
        self._waiting -= 1
        self._stir()

    def stop(self) -> None:
        """The run is given up or over."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _stir(self) -> None:
        self.stop()
        if self._waiting and self._waiting == self._at_work:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._linger_seconds, self._rested)
