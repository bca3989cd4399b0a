"""A small web server on a port of its own: answers as it is told, notes what it was sent."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Seen:
    """One request as it came over the wire; names of headers in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Web:
    """The server: whole answers by path; `b""` for a path keeps silent."""

    port: int = 0
    answers: dict[str, bytes] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    def url(self, path: str = "/", host: str = "127.0.0.1", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            seen = await read_request(reader)
            self.seen.append(seen)
            writer.write(self.answers[seen.path])
            await writer.drain()
            if not self.answers[seen.path]:
                await reader.read()  # until the other side goes away
        except ConnectionError:
            pass
        finally:
            self.gone.set()
            writer.close()


@asynccontextmanager
async def web(
    answers: Mapping[str, bytes], tls: ssl.SSLContext | None = None
) -> AsyncIterator[Web]:
    """A server with these answers, as long as the block lasts."""
    running = Web(answers=dict(answers))
    server = await asyncio.start_server(running.serve, "127.0.0.1", 0, ssl=tls)
    running.port = server.sockets[0].getsockname()[1]
    async with server:
        yield running


def answer(body: bytes = b"", status: str = "200 OK", **headers: str) -> bytes:
    """A whole answer, after which the connection ends."""
    fields = {"content-length": str(len(body)), "connection": "close"}
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status}\r\n{lines}\r\n".encode() + body


async def read_request(reader: asyncio.StreamReader) -> Seen:
    """The next request on a connection."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    first, *lines = head.strip().split("\r\n")
    method, path, _ = first.split(" ")
    headers = {n.lower(): v.strip() for n, _, v in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Seen(method, path, headers, body)
