"""The queue between the hub and one watcher: bounded, and never in anybody's way."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from typing import Final, Self

from services.domain.frames import Frame

CAPACITY: Final = 1_000


class Subscription:
    """An endless async iterator of frames, for one reader.

    A reader that does not keep up loses frames: first the tokens, which nobody stores, then all
    that waits. Those that have a seq leave a hole that can be seen, and `feed` reads it from the
    log; `dropped` counts them for readers that cannot heal.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self.dropped = 0
        self._capacity = capacity
        self._frames: deque[Frame] = deque()
        self._filled = asyncio.Event()
        self._lost_track = False

    def offer(self, frames: Iterable[Frame]) -> None:
        """Take frames in, without waiting."""
        self._frames.extend(frames)
        if len(self._frames) > self._capacity:
            self._shrink()
        if self._frames:
            self._filled.set()

    def lose_track(self) -> None:
        """Frames may be missing that nobody can count: `next_within` says so by None, at once."""
        self.dropped += 1
        self._lost_track = True
        self._filled.set()

    async def next_within(self, seconds: float) -> Frame | None:
        """The next frame, or None when none comes in time or track was lost."""
        if not self._frames and not self._lost_track:  # a timer costs more than all the rest
            self._filled.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._filled.wait()
        if self._lost_track or not self._frames:
            self._lost_track = False
            return None
        return self._frames.popleft()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Frame:
        while not self._frames:
            self._filled.clear()
            await self._filled.wait()
        return self._frames.popleft()

    def _shrink(self) -> None:
        lasting = deque(frame for frame in self._frames if frame.seq is not None)
        if len(lasting) > self._capacity:
            self.dropped += len(lasting) - 1
            lasting = deque([lasting[-1]])  # its seq tells the reader how far it has to read
        self._frames = lasting
