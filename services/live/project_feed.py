"""All events of a project's runs from now on: those of each run once, in order, without a gap.

A project has no log of its own. What a slow reader loses is read from the logs of the runs that it
is of; only what nobody can count (the database was away for a while) is told as `Missed`.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final

from services.domain.events.frames import Frame
from services.live.feed import PAGE, FrameLog
from services.live.subscription import Subscription

_REMEMBERED: Final = 10_000
"""Runs of which it is known what was read from their logs, while the hub may still show it."""


@dataclass(frozen=True, slots=True)
class Missed:
    """Something may have happened to runs of the project that will not be shown."""


async def project_feed(
    log: FrameLog, subscription: Subscription
) -> AsyncGenerator[Frame | Missed, None]:
    """The frames of all runs of a project, as they come; it has no end.

    Args:
        log: where the frames are kept.
        subscription: to the project.
    """
    read_up_to: dict[str, int] = {}
    while True:
        live = await subscription.next_within(None)
        if live is None:
            yield Missed()
        for run_id, lost in subscription.take_holes().items():
            after = max(lost - 1, read_up_to.get(run_id, 0))
            async with aclosing(_rest(log, run_id, after)) as rest:
                async for frame in rest:
                    _remember(read_up_to, run_id, frame.seq or 0)
                    yield frame
        if live is not None and _is_new(live, read_up_to):
            yield live


async def _rest(log: FrameLog, run_id: str, after: int) -> AsyncGenerator[Frame, None]:
    while page := await log.frames(run_id, after, PAGE):
        for frame in page:
            yield frame
        after = page[-1].seq or after


def _is_new(frame: Frame, read_up_to: dict[str, int]) -> bool:
    return frame.seq is None or frame.seq > read_up_to.get(frame.run_id, 0)


def _remember(read_up_to: dict[str, int], run_id: str, seq: int) -> None:
    read_up_to[run_id] = seq
    if len(read_up_to) > _REMEMBERED:
        del read_up_to[next(iter(read_up_to))]
