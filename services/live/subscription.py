"""The queue between the hub and one watcher: bounded, and never in anybody's way."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Iterable
from typing import Final

from services.domain.events.frames import Frame

CAPACITY: Final = 1_000


class Subscription:
    """The frames that wait for one reader.

    A reader that does not keep up loses frames: first the tokens, which nobody stores, then all
    that waits. Those that have a seq leave a hole: the reader of a run sees it in the seqs and
    reads it from the log; the reader of a project asks `take_holes` of which runs it lost some.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._frames: deque[Frame] = deque()
        self._filled = asyncio.Event()
        self._holes: dict[str, int] = {}
        self._lost_track = False
        self._wake_at = 0.0
        self._alarm: asyncio.TimerHandle | None = None

    def offer(self, frames: Iterable[Frame]) -> None:
        """Take frames in, without waiting."""
        self._frames.extend(frames)
        if len(self._frames) > self._capacity:
            self._shrink()
        if self._frames:
            self._filled.set()

    def lose_track(self) -> None:
        """Frames may be missing that nobody can count: `next_within` says so by None, at once."""
        self._lost_track = True
        self._filled.set()

    async def next_within(self, seconds: float | None) -> Frame | None:
        """The next frame, or None when none comes in time or track was lost; None: any time."""
        if not self._frames and not self._lost_track:
            self._filled.clear()
            if seconds is not None:
                self._wake_after(seconds)
            await self._filled.wait()
        if self._lost_track or not self._frames:
            self._lost_track = False
            return None
        return self._frames.popleft()

    def take_holes(self) -> dict[str, int]:
        """The runs of which frames were lost since it was last asked, each with the first seq."""
        holes, self._holes = self._holes, {}
        return holes

    def _wake_after(self, seconds: float) -> None:
        """One timer at a time, moved on when it fires: one for each frame would cost the most."""
        self._wake_at = time.monotonic() + seconds
        if self._alarm is None:
            self._alarm = asyncio.get_running_loop().call_later(seconds, self._wake)

    def _wake(self) -> None:
        left = self._wake_at - time.monotonic()
        if left > 0:
            self._alarm = asyncio.get_running_loop().call_later(left, self._wake)
        else:
            self._alarm = None
            self._filled.set()

    def _shrink(self) -> None:
        lasting = deque(frame for frame in self._frames if frame.seq is not None)
        if len(lasting) > self._capacity:
            newest = lasting.pop()  # its seq tells the reader of a run how far it has to read
            for lost in lasting:
                self._holes.setdefault(lost.run_id, lost.seq or 0)
            lasting = deque([newest])
        self._frames = lasting
