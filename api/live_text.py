"""A response whose text comes piece by piece, until it ends or the client leaves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing, suppress
from typing import Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from typing_extensions import override

from api.live.visitor import LOOK_SECONDS, Known, until_unknown

BEAT_SECONDS: Final = 15.0
"""Proxies cut lines on which nothing happens; most wait for a minute."""

PATIENCE_SECONDS: Final = 10.0
"""A client that takes nothing for so long is cut off."""

Left = Callable[[], Awaitable[None]]
"""What is done when a client leaves before the end."""


async def stay_calm() -> None:
    """Do nothing: what the client has left goes on."""


class LiveText(Response):
    """Sends pieces as they come, and a `beat` that means nothing whenever none has come for long.

    It ends in the middle when the client leaves, takes nothing, or has a key that is not valid any
    more. Whoever comes back finds the rest somewhere else: the line is cut, so that nobody takes
    what was sent for complete.
    """

    def __init__(
        self,
        pieces: AsyncGenerator[str, None],
        known: Known,
        *,
        beat: str,
        headers: Mapping[str, str],
        left: Left = stay_calm,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        super().__init__(headers=dict(headers))
        del self.headers["content-length"]
        self._pieces = pieces
        self._beat = beat
        self._left = left
        self._known = known
        self._look_seconds = look_seconds

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send what comes; a response that is not complete makes the server cut the line."""
        head = {"status": self.status_code, "headers": self.raw_headers}
        await send({"type": "http.response.start", **head})
        if not await self._all_sent(receive, send):
            await self._left()
            return
        with suppress(TimeoutError):
            await _write(send, "", is_last=True)

    async def _all_sent(self, receive: Receive, send: Send) -> bool:
        async with aclosing(self._pieces), asyncio.TaskGroup() as tasks:
            sending = tasks.create_task(self._send_all(send))
            leaving = tasks.create_task(_leaving(receive))
            beating = tasks.create_task(self._beat_on(send))
            doubting = tasks.create_task(until_unknown(self._known, self._look_seconds))
            everything = (sending, leaving, beating, doubting)
            await asyncio.wait(everything, return_when=asyncio.FIRST_COMPLETED)
            for task in everything:
                task.cancel()
        return not sending.cancelled() and sending.result()

    async def _send_all(self, send: Send) -> bool:
        """Send all pieces; whether the client took them."""
        try:
            async for piece in self._pieces:
                await _write(send, piece)
        except TimeoutError:
            return False
        return True

    async def _beat_on(self, send: Send) -> None:
        with suppress(TimeoutError):
            while True:
                await asyncio.sleep(BEAT_SECONDS)
                await _write(send, self._beat)


async def _write(send: Send, text: str, *, is_last: bool = False) -> None:
    body = {"body": text.encode(), "more_body": not is_last}
    async with asyncio.timeout(PATIENCE_SECONDS):
        await send({"type": "http.response.body", **body})


async def _leaving(receive: Receive) -> None:
    """Return when the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
