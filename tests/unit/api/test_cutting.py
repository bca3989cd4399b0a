"""A client that takes nothing holds nothing for long; one that is only slow gets everything."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress

from starlette.types import Receive, Scope, Send

from api.server import listen, serving

PATIENCE = 0.2
SIZE = 20_000_000


class Broken:
    """An application that begins an answer, hands all of it over at once, and never ends it."""

    def __init__(self) -> None:
        self.done = asyncio.Event()

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"x" * SIZE, "more_body": True})
        self.done.set()


@asynccontextmanager
async def asked(app: Broken) -> AsyncIterator[asyncio.StreamReader]:
    """The answer of the application, of which little goes through as long as nobody reads."""
    async with serving(app, listen("127.0.0.1", 0), PATIENCE) as url:
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        connection.connect(("127.0.0.1", int(url.rpartition(":")[2])))
        reader, writer = await asyncio.open_connection(sock=connection, limit=65_536)
        writer.write(b"GET / HTTP/1.1\r\nhost: here\r\n\r\n")
        with closing(writer):
            yield reader


async def taken(reader: asyncio.StreamReader) -> int:
    """How many bytes still come."""
    number = 0
    with suppress(ConnectionError):
        while chunk := await reader.read(1_000_000):
            number += len(chunk)
    return number


async def test_who_takes_nothing_is_cut():
    app = Broken()
    async with asked(app) as reader:
        await app.done.wait()
        await asyncio.sleep(4 * PATIENCE)  # nothing can be seen of it without reading
        assert await taken(reader) < SIZE


async def test_who_is_slow_gets_everything():
    app = Broken()
    async with asked(app) as reader:
        await app.done.wait()
        for _ in range(12):
            await reader.readexactly(SIZE // 13)
            await asyncio.sleep(PATIENCE / 3)
        assert await taken(reader) > SIZE // 13
