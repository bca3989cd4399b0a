"""Server-sent events: the stream of the socket over plain HTTP, which every client can resume."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final, assert_never

from api.live.text import Beat, LiveText
from api.live.told import Head, Resync, Told
from services.domain.events.frames import Frame

MEDIA_TYPE: Final = "text/event-stream"

# nginx and its like would gather the events instead of passing them on
HEADERS: Final = {
    "cache-control": "no-store",
    "content-type": MEDIA_TYPE,
    "x-accel-buffering": "no",
}

RETRY_MS: Final = 1_000
"""How long a browser waits before it comes back."""

_BEAT: Final = Beat(": still here\n\n")
_END: Final = "event: end\ndata: {}\n\n"


def event_stream(told: AsyncGenerator[Told, None]) -> LiveText:
    """What is told, until it ends; where it breaks off before, there is no `end`."""
    return LiveText(_spelt(told), beat=_BEAT, headers=HEADERS, broken_off="")


async def _spelt(told: AsyncGenerator[Told, None]) -> AsyncGenerator[str, None]:
    yield _BEAT.text
    async with aclosing(told):
        async for item in told:
            yield words(item)
    yield _END


def words(item: Told) -> str:
    """What is told, as the field lines of one event; only what is in a log has an `id`."""
    match item:
        case Frame(seq=None, text=text):
            return f"data: {text}\n\n"
        case Frame(seq=seq, text=text):
            return f"id: {seq}\ndata: {text}\n\n"
        case Head(seq):
            return f'retry: {RETRY_MS}\nevent: subscribed\ndata: {{"head_seq":{seq}}}\n\n'
        case Resync(from_seq):
            return f"event: resync\ndata: {json.dumps({'from': from_seq})}\n\n"
        case _:
            assert_never(item)
