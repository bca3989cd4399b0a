"""All events of one run from some place on: each once, in order, without a gap, until the end.

The hub may lose frames and does not know what other processes write; the log knows all. So the hub
only says how far the log has grown, and whatever it left out is read from the log.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Final, Protocol

from services.domain.events.frames import Frame
from services.live.subscription import Subscription

PAGE: Final = 500


class FrameLog(Protocol):
    """The log, as a feed reads it."""

    async def frames(self, run_id: str, seq: int, limit: int) -> Sequence[Frame]:
        """The next frames after `seq`, at most `limit`."""

    async def head(self, run_id: str) -> int:
        """The last seq of a run, 0 where there is none."""


async def feed(
    log: FrameLog,
    subscription: Subscription,
    run_id: str,
    after_seq: int,
    *,
    silence_seconds: float,
) -> AsyncGenerator[Frame, None]:
    """The frames of a run after `after_seq`, first from the log and then as they come.

    It ends after the run's last event, at once when that was seen before. Tokens come along live.

    Args:
        log: where the frames are kept.
        subscription: to this run, made before, so that nothing falls between log and hub.
        run_id: the run.
        after_seq: the last seq that the watcher has seen; one beyond the log is taken as its head.
        silence_seconds: how long to wait for the hub before looking at the log.
    """
    begun = await _beginning(log, run_id, after_seq)
    async with aclosing(_on(log, subscription, run_id, begun, silence_seconds)) as frames:
        async for frame in frames:
            yield frame


def feed_since(
    log: FrameLog,
    subscription: Subscription,
    run_id: str,
    after_seq: int,
    *,
    silence_seconds: float,
) -> AsyncGenerator[Frame, None]:
    """The same for whoever subscribed before anything came after `after_seq`.

    All of it came by the hub, in its order: also tokens, which the log does not have.
    """
    return _on(log, subscription, run_id, (after_seq, ()), silence_seconds)


async def _on(
    log: FrameLog,
    subscription: Subscription,
    run_id: str,
    begun: tuple[int, Sequence[Frame]],
    silence_seconds: float,
) -> AsyncGenerator[Frame, None]:
    """What follows on what was seen and is to be shown first."""
    seen, page = begun
    while True:
        for frame in page:
            if frame.seq is None or frame.seq > seen:
                yield frame
            if frame.is_last:
                return
            seen = max(seen, frame.seq or 0)
        if len(page) == PAGE:
            page = await log.frames(run_id, seen, PAGE)
        else:
            live = await subscription.next_within(silence_seconds)
            fitting = _fitting(live, seen)
            page = await log.frames(run_id, seen, PAGE) if fitting is None else fitting


async def _beginning(log: FrameLog, run_id: str, after_seq: int) -> tuple[int, Sequence[Frame]]:
    """What was seen, and a page that begins with it: the last event tells that the run is over."""
    if page := await log.frames(run_id, max(after_seq - 1, 0), PAGE):
        return after_seq, page
    head = await log.head(run_id)
    return head, await log.frames(run_id, max(head - 1, 0), PAGE)


def _fitting(live: Frame | None, seen: int) -> Sequence[Frame] | None:
    """The live frame when it is the next one, nothing when it was seen; None: ask the log."""
    if live is None:
        return None
    if live.seq is None or live.seq == seen + 1:
        return (live,)
    return () if live.seq <= seen else None
