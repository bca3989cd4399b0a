"""What a subscriber has not heard yet: the events themselves, or only where they are in the logs.

It is bounded. Beyond so many events it keeps no events any more but, for each run, the places in
its log; and beyond so many runs it gives up those that it knows longest.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from services.domain.events.frames import Frame

CAPACITY: Final = 1_000
"""Events in memory."""

RUNS: Final = 10_000
"""Runs of which places are remembered."""


@dataclass(frozen=True, slots=True)
class Live:
    """An event at hand."""

    run_id: str
    frame: Frame


@dataclass(frozen=True, slots=True)
class Stored:
    """Events to be read from the log of a run: those from the first to the last of each range."""

    run_id: str
    ranges: tuple[range, ...]


class Backlog:
    """The events that one subscriber has still to hear, in order within each run."""

    def __init__(self, capacity: int = CAPACITY, runs: int = RUNS) -> None:
        self._capacity = capacity
        self._runs = runs
        self._live: deque[Live] = deque()
        self._stored: OrderedDict[str, list[range]] = OrderedDict()

    def __bool__(self) -> bool:
        return bool(self._live or self._stored)

    @property
    def is_stored(self) -> bool:
        """Whether events have to be read from the logs."""
        return bool(self._stored)

    def add(self, run_id: str, frames: Iterable[Frame]) -> list[Stored]:
        """Take events in; what had to be given up for them."""
        self._live.extend(Live(run_id, frame) for frame in frames)
        if not self._stored and len(self._live) <= self._capacity:
            return []
        # Once something has to be read from a log, all that comes later waits behind it there.
        while self._live:
            self._store(self._live.popleft())
        return [self._oldest() for _ in range(len(self._stored) - self._runs)]

    def next(self) -> Live | Stored:
        """What is to be heard next."""
        return self._oldest() if self._stored else self._live.popleft()

    def _store(self, live: Live) -> None:
        seq = live.frame.seq
        if seq is None:  # no log has it
            return
        ranges = self._stored.setdefault(live.run_id, [])
        if ranges and ranges[-1].stop == seq:
            ranges[-1] = range(ranges[-1].start, seq + 1)
        else:
            ranges.append(range(seq, seq + 1))

    def _oldest(self) -> Stored:
        run_id, ranges = self._stored.popitem(last=False)
        return Stored(run_id, tuple(ranges))
