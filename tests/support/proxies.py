"""A cable to a server that a test can pull."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final, TypeAlias

_UPGRADE: Final = b"Upgrade: websocket"
_End: TypeAlias = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass
class Cable:
    """Carries bytes to a server and back; `cut_after` names words after which nothing comes back.

    The server gets the words, and acts on them; whoever said them only sees the connection end.
    `upgrade_answer` is what whoever wants a socket gets instead of one.
    """

    port: int
    server_port: int
    cut_after: bytes | None = None
    upgrade_answer: bytes | None = None
    cuts: int = 0
    refusals: asyncio.Queue[None] = field(default_factory=asyncio.Queue)
    _carries: asyncio.Event = field(default_factory=asyncio.Event)
    _ends: set[asyncio.StreamWriter] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._carries.set()

    async def part(self, seconds: float) -> None:
        """Carry nothing for a while, in no direction, and then all that was said meanwhile."""
        self._carries.clear()
        try:
            await asyncio.sleep(seconds)
        finally:
            self._carries.set()

    async def cut(self) -> None:
        """End all connections; new ones can be made."""
        for end in self._ends:
            end.transport.abort()

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until an end of it is closed, or the cable is cut."""
        try:
            to_reader, to_writer = await asyncio.open_connection("127.0.0.1", self.server_port)
        except ConnectionError:
            writer.close()
            return
        ends = {writer, to_writer}
        self._ends |= ends
        answers = asyncio.ensure_future(self._copy(to_reader, writer))
        try:
            await self._ask((reader, writer), (to_reader, to_writer), answers)
        except ConnectionError:
            pass
        finally:
            self._ends -= ends
            answers.cancel()
            for end in ends:
                end.close()

    async def _ask(self, client: _End, server: _End, answers: asyncio.Future[None]) -> None:
        (reader, writer), (to_reader, to_writer) = client, server
        while said := await reader.read(65536):
            await self._carries.wait()
            if self.upgrade_answer is not None and _UPGRADE in said:
                writer.write(self.upgrade_answer)
                self.refusals.put_nowait(None)
                return
            if self.cut_after is not None and self.cut_after in said:
                self.cuts += 1
                self.cut_after = None
                answers.cancel()
                to_writer.write(said)
                await to_reader.read(1)  # it has acted
                return
            to_writer.write(said)

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while said := await reader.read(65536):
                await self._carries.wait()
                writer.write(said)
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
