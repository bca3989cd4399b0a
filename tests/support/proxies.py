"""A cable to a server that a test can pull."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass


@dataclass
class Cable:
    """Carries bytes to a server and back; `cut_after` names words after which nothing comes back.

    The server gets the words, and acts on them; whoever said them only sees the connection end.
    """

    port: int
    server_port: int
    cut_after: bytes | None = None
    cuts: int = 0

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until an end of it is closed, or the cable is cut."""
        to_reader, to_writer = await asyncio.open_connection("127.0.0.1", self.server_port)
        answers = asyncio.ensure_future(_copy(to_reader, writer))
        try:
            while said := await reader.read(65536):
                if self.cut_after is not None and self.cut_after in said:
                    self.cuts += 1
                    self.cut_after = None
                    answers.cancel()
                    to_writer.write(said)
                    await to_reader.read(1)  # it has acted
                    return
                to_writer.write(said)
        except ConnectionError:
            pass
        finally:
            answers.cancel()
            to_writer.close()
            writer.close()


@asynccontextmanager
async def cable_to(server_port: int) -> AsyncIterator[Cable]:
    """A cable to a port of this machine, at a port of its own."""
    cable = Cable(0, server_port)
    server = await asyncio.start_server(cable.carry, "127.0.0.1", 0)
    cable.port = server.sockets[0].getsockname()[1]
    try:
        yield cable
    finally:
        server.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while said := await reader.read(65536):
        writer.write(said)
    writer.close()
