"""Notices when a run does nothing any more but wait."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from workflow_compiler.history import VisitKey


class Activity:
    """Knows the visits of a run that are at work and those of them that wait.

    When all of them wait for `linger_seconds`, it calls `rested`, once. It may be mistaken for a
    moment, between a visit and the next one: whoever gives up the run then loses nothing by it,
    since all that has ended is in the log. Containers do not count, it is the nodes inside that
    work.
    """

    def __init__(self, linger_seconds: float, rested: Callable[[], None]) -> None:
        self._linger_seconds = linger_seconds
        self._rested = rested
        self._at_work: set[VisitKey] = set()
        self._waiting: set[VisitKey] = set()
        self._timer: asyncio.TimerHandle | None = None

    def began(self, visit: VisitKey) -> None:
        """A visit began."""
        self._at_work.add(visit)
        self._stir()

    def ended(self, visit: VisitKey) -> None:
        """A visit ended, if it was at work."""
        self._at_work.discard(visit)
        self._stir()

    def waits(self, visit: VisitKey) -> None:
        """A visit that is at work waits."""
        self._waiting.add(visit)
        self._stir()

    def goes_on(self, visit: VisitKey) -> None:
        """It has waited long enough."""
        self._waiting.discard(visit)
        self._stir()

    def stop(self) -> None:
        """The run is given up or over."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _stir(self) -> None:
        self.stop()
        if self._waiting and self._at_work <= self._waiting:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._linger_seconds, self._rested)
