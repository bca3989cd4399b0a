"""What bounds a run in time, and stands still while somebody looks at what has stopped."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import anyio


class Countdown:
    """Calls `over` after so many seconds in which it did not stand still."""

    def __init__(self, seconds: float, over: Callable[[], object]) -> None:
        self._left = seconds
        self._over = over
        self._timer: asyncio.TimerHandle | None = None

    @property
    def left_seconds(self) -> float:
        """What is left of it."""
        if self._timer is None:
            return self._left
        return self._timer.when() - asyncio.get_running_loop().time()

    def go_on(self) -> None:
        """Count what is left."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._left, self._over)

    def stand(self) -> None:
        """Count no more for now."""
        if self._timer is not None:
            self._left = self.left_seconds
            self._timer.cancel()
            self._timer = None


class Countdowns:
    """Those of one execution of a run, which all stand still together."""

    def __init__(self) -> None:
        self._running: set[Countdown] = set()
        self._stand = False

    @property
    def left_seconds(self) -> float | None:
        """Until the first of them is over; None where there is none, or they stand still."""
        if self._stand:
            return None
        return min((countdown.left_seconds for countdown in self._running), default=None)

    def heed(self, *, stand: bool) -> None:
        """Have all of them stand still, or go on."""
        self._stand = stand
        for countdown in self._running:
            self._set(countdown)

    @contextmanager
    def count(self, seconds: float, over: Callable[[], object]) -> Iterator[None]:
        """Call `over` when the block takes longer, without the time in which they stood still."""
        countdown = Countdown(seconds, over)
        self._running.add(countdown)
        self._set(countdown)
        try:
            yield
        finally:
            self._running.discard(countdown)
            countdown.stand()

    @contextmanager
    def timer(self, seconds: float) -> Iterator[None]:
        """Cancel the block when it takes longer by the same measure, and go on behind it."""
        with anyio.CancelScope() as scope, self.count(seconds, scope.cancel):
            yield

    def _set(self, countdown: Countdown) -> None:
        if self._stand:
            countdown.stand()
        else:
            countdown.go_on()
