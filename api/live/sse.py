"""Server-sent events: the stream of the socket over plain HTTP, which every client can resume."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import Final, assert_never

from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from typing_extensions import override

from api.live.told import Head, Resync, Told
from api.live.visitor import LOOK_SECONDS, Known, until_unknown
from services.domain.frames import Frame

MEDIA_TYPE: Final = "text/event-stream"

RETRY_MS: Final = 1_000
"""How long a browser waits before it comes back."""

KEEP_ALIVE_SECONDS: Final = 15.0
"""Proxies cut lines on which nothing happens; most wait for a minute."""

PATIENCE_SECONDS: Final = 10.0
"""A client that takes nothing for so long is cut off; it comes back with `Last-Event-ID`."""

_BEAT: Final = ": still here\n\n"
_END: Final = "event: end\ndata: {}\n\n"


class EventStream(Response):
    """A response that goes on until the stream ends, or its client is not to have more of it.

    The client has left, takes nothing, or has a key that is not valid any more: then there is no
    `end`, and the status tells why to whoever comes back.
    """

    media_type: str | None = MEDIA_TYPE

    def __init__(
        self,
        told: AsyncGenerator[Told, None],
        known: Known,
        *,
        patience_seconds: float = PATIENCE_SECONDS,
        keep_alive_seconds: float = KEEP_ALIVE_SECONDS,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        # nginx and its like would gather the events instead of passing them on
        super().__init__(headers={"cache-control": "no-store", "x-accel-buffering": "no"})
        del self.headers["content-length"]
        self._told = told
        self._known = known
        self._patience_seconds = patience_seconds
        self._keep_alive_seconds = keep_alive_seconds
        self._look_seconds = look_seconds

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send what is told; a response that is not complete makes the server cut the line."""
        headers = {"status": self.status_code, "headers": self.raw_headers}
        await send({"type": "http.response.start", **headers})
        last = await self._tell_all(receive, send)
        if last is not None:
            with suppress(TimeoutError):
                await self._write(send, last, is_last=True)

    async def _tell_all(self, receive: Receive, send: Send) -> str | None:
        """Send the stream, and give the last words: none for whoever takes nothing any more."""
        async with aclosing(self._told), asyncio.TaskGroup() as tasks:
            telling = tasks.create_task(self._tell(send))
            leaving = tasks.create_task(_leaving(receive))
            beating = tasks.create_task(self._keep_alive(send))
            doubting = tasks.create_task(until_unknown(self._known, self._look_seconds))
            works = (telling, leaving, beating, doubting)
            await asyncio.wait(works, return_when=asyncio.FIRST_COMPLETED)
            for work in works:
                work.cancel()
        if not telling.cancelled() and telling.result():
            return _END
        return None if leaving.cancelled() and doubting.cancelled() else ""

    async def _tell(self, send: Send) -> bool:
        try:
            async for item in self._told:
                await self._write(send, words(item))
        except TimeoutError:
            return False
        return True

    async def _keep_alive(self, send: Send) -> None:
        with suppress(TimeoutError):
            while True:
                await self._write(send, _BEAT)
                await asyncio.sleep(self._keep_alive_seconds)

    async def _write(self, send: Send, text: str, *, is_last: bool = False) -> None:
        """Hand a piece to the network.

        Raises:
            TimeoutError: the client takes nothing any more.
        """
        body = {"body": text.encode(), "more_body": not is_last}
        async with asyncio.timeout(self._patience_seconds):
            await send({"type": "http.response.body", **body})


async def _leaving(receive: Receive) -> None:
    """Return when the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


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
