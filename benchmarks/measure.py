"""Measures two things in turn, so that a machine that changes its speed changes both."""

from __future__ import annotations

import gc
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from statistics import median
from time import perf_counter

Work = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table: medians in milliseconds, their ratio, and the goal for it."""

    name: str
    base: str
    ours_ms: float
    base_ms: float | None
    goal: float | None
    unit: str = "ratio"

    @property
    def value(self) -> float:
        """What is held against the goal: the ratio, or the time where there is no base."""
        return self.ours_ms / self.base_ms if self.base_ms else self.ours_ms

    @property
    def is_met(self) -> bool | None:
        """Whether the goal is met; None where there is none."""
        return None if self.goal is None else self.value <= self.goal


async def compare(ours: Work, base: Work, *, repeats: int) -> tuple[float, float]:
    """Median milliseconds of both, measured alternately after a warm-up of each."""
    await ours()
    await base()
    times: tuple[list[float], list[float]] = ([], [])
    gc.collect()
    gc.disable()
    try:
        for turn in range(repeats):
            pair = ((ours, times[0]), (base, times[1]))
            for work, into in pair if turn % 2 else pair[::-1]:
                into.append(await _timed(work))
    finally:
        gc.enable()
    return median(times[0]), median(times[1])


async def time_of(work: Work, *, repeats: int) -> float:
    """Median milliseconds of one thing, after a warm-up."""
    await work()
    return median([await _timed(work) for _ in range(repeats)])


async def _timed(work: Work) -> float:
    start = perf_counter()
    await work()
    return (perf_counter() - start) * 1000
