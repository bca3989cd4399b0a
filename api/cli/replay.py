"""`workflow runs replay`: what happened in a run, once more before your eyes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated

import typer

from api.cli.desk import Where, desk_at
from api.cli.exits import Exit
from api.cli.grouped import grouped
from api.cli.output.displays import Show, display
from api.cli.output.view import read_event
from api.cli.runs import RunId
from services.domain.events.frames import Frame
from services.settings import Settings


class Playback:
    """Lets the time of a log pass, quicker or slower than it did, for whoever shows it.

    Args:
        speed: how many of its seconds pass in one.
        longest: for how many of ours nothing may happen.
    """

    def __init__(self, speed: float, longest: float) -> None:
        self._speed = speed
        self._longest = longest
        self._at: datetime | None = None
        self._begun = 0.0

    def now(self) -> datetime:
        """The moment of the log at which it is."""
        gone = timedelta(seconds=(time.monotonic() - self._begun) * self._speed)
        return self._at + gone if self._at is not None else datetime.min.replace(tzinfo=UTC)

    def seconds_until(self, at: datetime) -> float:
        """For how long to wait until the next moment, which is the one from then on."""
        seconds = 0.0 if self._at is None else (at - self._at).total_seconds() / self._speed
        self._at = at
        self._begun = time.monotonic() + (wait := min(max(seconds, 0.0), self._longest))
        return wait


@grouped
def replay(
    run_id: RunId,
    where: Where,
    speed: Annotated[
        float, typer.Option(min=0.01, help="How many times as quick as it was.")
    ] = 1.0,
    longest: Annotated[
        float, typer.Option("--longest-pause", min=0.0, help="Seconds between two events at most.")
    ] = 2.0,
    as_json: Annotated[
        bool, typer.Option("--json", help="Write the events as JSON lines.")
    ] = False,
) -> None:
    """Show a run as it went, from its first event to its last."""
    show = partial(display, f"run {run_id}", as_json=as_json, watch=True)
    asyncio.run(_replay(where.settings(), run_id, show, Playback(speed, longest)))
    raise typer.Exit(Exit.DONE)


async def _replay(settings: Settings, run_id: str, show: Show, playback: Playback) -> None:
    async with (
        desk_at(settings) as desk,
        desk.watch(run_id) as frames,
        show(playback) as shown,
    ):
        async for frame in _in_time(frames, playback):
            shown.show(frame)


async def _in_time(frames: AsyncIterator[Frame], playback: Playback) -> AsyncIterator[Frame]:
    async for frame in frames:
        await asyncio.sleep(playback.seconds_until(read_event(frame).at))
        yield frame
