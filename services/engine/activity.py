"""Knows what of a run is at work, and notices when nothing is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from workflow_compiler.history import VisitKey


class Activity:
    """The visits of a run that have begun and not ended, and those of them that do nothing.

    It calls `rested` when all of them wait for `linger_seconds`; where the run is held, as soon as
    none of them is at work. It may be mistaken for a moment, between a visit and the next one:
    whoever gives up the run then loses nothing by it, since all that has ended is in the log.
    Containers do not count, it is the nodes inside that work.
    """

    def __init__(self, linger_seconds: float, rested: Callable[[], None]) -> None:
        self._linger_seconds = linger_seconds
        self._rested = rested
        self._begun: set[VisitKey] = set()
        self._waiting: set[VisitKey] = set()
        self._between: set[VisitKey] = set()
        self._stopped: set[VisitKey] = set()
        self._is_held = False
        self._timer: asyncio.TimerHandle | None = None

    def hold(self, *, is_held: bool) -> None:
        """Whether nothing of the run may begin."""
        self._is_held = is_held
        self._stir()

    def began(self, visit: VisitKey) -> None:
        """A visit began."""
        self._begun.add(visit)
        self._stir()

    def ended(self, visit: VisitKey) -> None:
        """A visit ended, if it was at work."""
        self._begun.discard(visit)
        self._between.discard(visit)
        self._stir()

    def waits(self, visit: VisitKey) -> None:
        """A visit that has begun waits."""
        self._waiting.add(visit)
        self._stir()

    def goes_on(self, visit: VisitKey) -> None:
        """It has waited long enough."""
        self._waiting.discard(visit)
        self._stir()

    def pauses(self, visit: VisitKey) -> None:
        """A visit is between two attempts."""
        self._between.add(visit)
        self._stir()

    def stops(self, visit: VisitKey) -> None:
        """A visit would begin, or make its next attempt, and may not."""
        self._stopped.add(visit)
        self._stir()

    def passes(self, visit: VisitKey) -> None:
        """It may."""
        self._stopped.discard(visit)
        self._between.discard(visit)
        self._stir()

    def stop(self) -> None:
        """The run is given up or over."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _stir(self) -> None:
        self.stop()
        if (seconds := self._rests_in()) is not None:
            self._timer = asyncio.get_running_loop().call_later(seconds, self._rested)

    def _rests_in(self) -> float | None:
        if self._is_held:
            idle = self._waiting | self._between | self._stopped
            return 0.0 if idle and self._begun <= idle else None
        return self._linger_seconds if self._waiting and self._begun <= self._waiting else None
