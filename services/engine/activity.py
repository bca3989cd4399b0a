"""Knows what of a run is at work, and notices when nothing is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Final

from workflow_compiler.history import VisitKey

QUIET_TURNS: Final = 100
"""Many more turns of the event loop than lie between the end of a visit and the next one."""


class Activity:
    """The visits of a run that have begun and not ended, and those of them that do nothing.

    It calls `rested` when all of them have waited for `linger_seconds`, or have stopped for so long
    where somebody who debugs the run wants it; where the run is held, as soon as none of them is at
    work. Between a visit and the next one LangGraph takes a few turns of the event loop, so it lets
    some go by in which nothing happens: a run that is given up too early loses nothing, but would
    stand still until what it waits for comes. Containers do not count, it is the nodes inside that
    work.
    """

    def __init__(self, linger_seconds: float, rested: Callable[[], None]) -> None:
        self._linger_seconds = linger_seconds
        self._rested = rested
        self._coming: set[VisitKey] = set()
        self._begun: set[VisitKey] = set()
        self._waiting: set[VisitKey] = set()
        self._between: set[VisitKey] = set()
        self._stopped: set[VisitKey] = set()
        self._is_held = False
        self._timer: asyncio.Handle | None = None

    def hold(self, *, is_held: bool) -> None:
        """Whether nothing of the run may begin."""
        self._is_held = is_held
        self._stir()

    @property
    def at_work(self) -> Collection[VisitKey]:
        """The visits that do something."""
        return self._begun - self._waiting - self._stopped

    @property
    def is_waiting(self) -> bool:
        """Whether a visit waits for something that may come by itself."""
        return bool(self._waiting)

    @contextmanager
    def coming(self, visit: VisitKey) -> Iterator[None]:
        """Meanwhile a visit is about to begin, or to make its next attempt."""
        self._coming.add(visit)
        try:
            yield
        finally:
            self._coming.discard(visit)
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
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(seconds, self._look, QUIET_TURNS)

    def _look(self, turns: int) -> None:
        """Rest, if nothing happens for so many turns of the event loop either."""
        if self._coming:
            return  # it stirs when it has come
        if turns == 0:
            self._rested()
        else:
            self._timer = asyncio.get_running_loop().call_soon(self._look, turns - 1)

    def _rests_in(self) -> float | None:
        idle = self._waiting | self._stopped
        if self._is_held:
            idle |= self._between
        if self._coming or not idle or not self._begun <= idle:
            return None
        return 0.0 if self._is_held else self._linger_seconds
