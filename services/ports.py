"""What the service asks of the world besides its database: the time, new ids, who looks on."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, TypeAlias
from uuid import UUID

from services.domain.events.frames import Frame
from services.domain.runs import Run
from workflow_compiler.planning import Plan
from workflow_compiler.ports import WallClock
from workflow_compiler.trace import Record

Ahead: TypeAlias = Callable[[], timedelta]
"""How far the clocks of a process and of its database seem to be ahead: whoever tests what happens
in a week opens both with one, instead of waiting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """One execution of a run, as those see it who only look on.

    `lag_seconds` is how long the run was due before somebody claimed it; None where nobody knows.
    """

    run: Run
    plan: Plan
    lag_seconds: float | None


Tap: TypeAlias = Callable[[Record], None]
"""Hears what a graph tells, in the task of the visit that it is about."""


class Observer(Protocol):
    """Looks on while runs are executed: it decides nothing, waits for nothing and never fails."""

    def follow(self, execution: Execution) -> AbstractAsyncContextManager[Tap]:
        """Hear of an execution, which takes place inside the block."""


class Publisher(Protocol):
    """Hears of frames; it never waits and never fails."""

    def publish(self, run_id: str, project_id: str, frames: Sequence[Frame]) -> None:
        """Take the frames of a run, which are in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How busy a process is that executes runs, and how long ago it looked for what is due."""

    places: int
    taken: int
    waiting: int
    looked_seconds_ago: float


def as_it_is() -> timedelta:
    """Time does not travel."""
    return timedelta()


class Ids(Protocol):
    """Makes ids that nobody else makes."""

    def new(self) -> str:
        """An id that sorts after all that were made before it."""


_RANDOM_BITS = 74
_VERSION_7 = 0x7 << 76
_VARIANT = 0b10 << 62
_LOW_62 = (1 << 62) - 1


class TimeOrderedIds:
    """UUIDs of version 7 (RFC 9562): 48 bits of milliseconds, then 74 random bits.

    Within a millisecond, and when the clock goes back, it counts on from the last id, so that
    the ids of one process always rise.
    """

    def __init__(self, clock: WallClock) -> None:
        self._clock = clock
        self._last = 0

    def new(self) -> str:
        """An id that sorts after all that this object made before."""
        milliseconds = int(self._clock.now().timestamp() * 1000)
        noise = int.from_bytes(os.urandom(10)) >> (80 - _RANDOM_BITS)
        self._last = max(milliseconds << _RANDOM_BITS | noise, self._last + 1)
        return str(UUID(int=_with_marks(self._last)))


def _with_marks(bits: int) -> int:
    """The 122 free bits with the version and the variant set into their places."""
    high, low = bits >> 62, bits & _LOW_62
    time_part, random_a = high >> 12, high & 0xFFF
    return time_part << 80 | _VERSION_7 | random_a << 64 | _VARIANT | low
