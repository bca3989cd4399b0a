"""Lets others look on while a run is executed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from services.ports import Execution, Observer, Tap
from workflow_compiler.trace import Record


@asynccontextmanager
async def followed(
    observers: Sequence[Observer], execution: Execution
) -> AsyncIterator[Sequence[Tap]]:
    """What the observers of an execution want to hear, which takes place inside the block."""
    async with AsyncExitStack() as following:
        yield [await following.enter_async_context(each.follow(execution)) for each in observers]


def heard(taps: Sequence[Tap], teller: Tap) -> Tap:
    """A tap for all of them; the observers come first, so a visit begins with what they set up."""
    if not taps:
        return teller

    def hear(record: Record) -> None:
        for tap in taps:
            tap(record)
        teller(record)

    return hear
