"""A response whose text comes piece by piece, until it ends or its client is to have no more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial
from typing import Final

from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send
from typing_extensions import override

from api.live.visitor import rules_of, until_unknown

BEAT_SECONDS: Final = 15.0
"""Proxies cut lines on which nothing happens; most wait for a minute."""

SERVER_STOPS: Final[Message] = {"type": "http.disconnect", "by": "server"}
"""What a response receives when its client is still there and the server goes."""

Left = Callable[[], Awaitable[None]]
"""What is done when a client leaves before the end."""


async def stay_calm() -> None:
    """Do nothing: what the client has left goes on."""


@dataclass(frozen=True, slots=True)
class Beat:
    """What is said, and means nothing, when nothing else was said for long."""

    text: str
    seconds: float = BEAT_SECONDS


class _Ending(Enum):
    """Why no more is sent."""

    SENT = auto()
    STUCK = auto()  # the client takes nothing
    LEFT = auto()
    LOCKED_OUT = auto()  # its key is not valid any more
    STOPPED = auto()  # it is the server that goes


_PROPER: Final = frozenset({_Ending.SENT, _Ending.STOPPED})
"""The endings that are not the client's doing."""


class LiveText(Response):
    """Sends pieces as they come, to a client that is there, takes them, and has a valid key.

    `broken_off` are the last words where the rest is not to be had; None: the line is cut, so that
    nobody takes for complete what cannot say that it is not. `left` is told of clients that go.
    """

    def __init__(
        self,
        pieces: AsyncGenerator[str, None],
        *,
        beat: Beat,
        headers: Mapping[str, str],
        broken_off: str | None = None,
        left: Left = stay_calm,
    ) -> None:
        super().__init__(headers=dict(headers))
        del self.headers["content-length"]
        self._pieces = pieces
        self._beat = beat
        self._broken_off = broken_off
        self._left = left

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send what comes; a response that is not complete makes the server cut the line."""
        head = {"status": self.status_code, "headers": self.raw_headers}
        await send({"type": "http.response.start", **head})
        connection = HTTPConnection(scope)
        line = _Line(send, rules_of(connection).patience_seconds)
        ending = await self._ending(connection, receive, line)
        last_words = "" if ending is _Ending.SENT else self._broken_off
        if last_words is not None and ending is not _Ending.STUCK:
            with suppress(TimeoutError):
                await line.write(last_words, is_last=True)
        if ending not in _PROPER:
            await self._left()

    async def _ending(self, connection: HTTPConnection, receive: Receive, line: _Line) -> _Ending:
        works = (
            self._send_all(line),
            _gone(receive),
            self._beat_on(line),
            _locked_out(connection),
        )
        async with aclosing(self._pieces), asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(work) for work in works]
            await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in running:
                task.cancel()
        return next(task.result() for task in running if not task.cancelled())

    async def _send_all(self, line: _Line) -> _Ending:
        try:
            async for piece in self._pieces:
                await line.write(piece)
        except TimeoutError:
            return _Ending.STUCK
        return _Ending.SENT

    async def _beat_on(self, line: _Line) -> _Ending:
        with suppress(TimeoutError):
            while True:
                await asyncio.sleep(self._beat.seconds)
                await line.write(self._beat.text)
        return _Ending.STUCK


@dataclass(frozen=True, slots=True)
class _Line:
    """The network, and for how long it may take nothing."""

    send: Send
    patience_seconds: float

    async def write(self, text: str, *, is_last: bool = False) -> None:
        """Hand a piece over.

        Raises:
            TimeoutError: the client takes nothing any more.
        """
        async with asyncio.timeout(self.patience_seconds):
            await self.send(_body(text, is_last=is_last))


def _body(text: str, *, is_last: bool) -> Message:
    return {"type": "http.response.body", "body": text.encode(), "more_body": not is_last}


async def _gone(receive: Receive) -> _Ending:
    """Return when there is nobody any more to send to."""
    while (message := await receive())["type"] != "http.disconnect":
        pass
    return _Ending.STOPPED if message == SERVER_STOPS else _Ending.LEFT


async def _locked_out(connection: HTTPConnection) -> _Ending:
    rules = rules_of(connection)
    await until_unknown(partial(rules.authenticate, connection, None), rules.look_seconds)
    return _Ending.LOCKED_OUT
