"""Work that calls home: each call of the function `job` waits until the test lets it return.

The test listens on a port, which is in the environment of whoever executes the runs.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from workflow_compiler import NodeContext, function

PORT = "WORKFLOW_TEST_JOBS"

JOB = {
    "name": "job",
    "nodes": [{"id": "job", "type": "python", "config": {"function": "job"}}],
    "edges": [],
}


@function("job")
async def job(context: NodeContext) -> str:
    """Say who executes which run, and wait."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(os.environ[PORT]))
    try:
        writer.write(f"{context.run.run_id} {os.getpid()}\n".encode())
        return (await reader.readline()).decode().strip()
    finally:
        writer.close()


@dataclass(eq=False)
class Call:
    """One call of the function, by the process with this id."""

    run_id: str
    pid: int
    writer: asyncio.StreamWriter
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    def let_go(self) -> None:
        """Have it return."""
        self.writer.write(b"done\n")


@dataclass
class Office:
    """Where the calls come in."""

    port: int = 0
    came: asyncio.Queue[Call] = field(default_factory=asyncio.Queue)

    async def calls(self, number: int) -> list[Call]:
        """The next so many calls."""
        return [await self.came.get() for _ in range(number)]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One call, until whoever made it is gone."""
        run_id, pid = (await reader.readline()).decode().split()
        call = Call(run_id, int(pid), writer)
        self.came.put_nowait(call)
        try:
            await reader.read()
        except ConnectionError:
            pass
        finally:
            call.gone.set()
            writer.close()


@asynccontextmanager
async def office() -> AsyncIterator[Office]:
    """A place for calls to come in, as long as the block lasts."""
    opened = Office()
    server = await asyncio.start_server(opened.serve, "127.0.0.1", 0)
    opened.port = server.sockets[0].getsockname()[1]
    try:
        yield opened
    finally:
        server.close()
