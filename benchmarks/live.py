"""From an event to those who watch: over real sockets, to a server in a process of its own.

Watchers in the loop of the server would be measured with it, and so would be, on a machine with few
cores, what they do with each message: they only note that it came. Both processes read the same
clock, so the moment that an event says it happened at can be held against that of its arrival.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import re
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import datetime
from pathlib import Path
from statistics import median, quantiles
from subprocess import PIPE
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from benchmarks.ears import Ear, listening
from benchmarks.measure import Row
from workflow_client import Client

ROOT: Final = Path(__file__).parents[1]
STEPS: Final = 74
"""Nodes of the workflow that is watched: its log has 150 events."""

_CHAIN: Final[dict[str, Any]] = {
    "name": "paced",
    "nodes": [
        {"id": f"n{n}", "type": "python", "config": {"function": "pace"}} for n in range(STEPS)
    ],
    "edges": [{"source": f"n{n}", "target": f"n{n + 1}"} for n in range(STEPS - 1)],
}
_ONE: Final[dict[str, Any]] = {
    "name": "one",
    "nodes": [{"id": "a", "type": "transform", "config": {"expression": "1"}}],
    "edges": [],
}


async def live(repeats: int) -> AsyncIterator[Row]:
    """How soon an event is with those who watch; that nothing is lost is asserted."""
    async with _server() as url, Client(url) as client:
        times = [await _first_event(client, url) for _ in range(max(5, repeats // 3))]
        yield _row("live: first event of a run", median(times), 20)
        for sockets in (100, 500):
            delays = await _delays(client, url, sockets)
            name = f"live: event to {sockets} sockets, {len(delays) // sockets} events"
            cuts = quantiles(delays, n=100)
            yield _row(f"{name}, median", cuts[49], None)
            yield _row(f"{name}, p99", cuts[98], 100)


def _row(name: str, milliseconds: float, goal: float | None) -> Row:
    return Row(name=name, base="", ours_ms=milliseconds, base_ms=None, goal=goal, unit="ms")


async def _first_event(client: Client, url: str) -> float:
    """Milliseconds from the request to execute until its first event is there."""
    run = await client.create((await client.store(_ONE)).id, {})
    async with _watching(url, run.id) as socket:
        while '"head_seq"' not in await socket.recv():
            pass
        await socket.recv()  # that it was created
        began = perf_counter()
        executing = asyncio.ensure_future(client.execute(run.id))
        await socket.recv()
        took = (perf_counter() - began) * 1000
        await executing
    return took


async def _delays(client: Client, url: str, sockets: int) -> list[float]:
    """Milliseconds from each event to each socket, of a run that goes on for some seconds."""
    run = await client.create((await client.store(_CHAIN)).id, {})
    async with AsyncExitStack() as stack:
        opening = [listening(_socket(url), run.id) for _ in range(sockets)]
        ears = await asyncio.gather(*map(stack.enter_async_context, opening))
        stack.enter_context(_without_pauses())
        await client.execute(run.id)
        for ear in ears:
            await ear.has_ended.wait()
    logged = [event.seq async for event in client.events(run.id)]
    heard = [list(_arrivals(ear)) for ear in ears]
    if any([seq for seq, _ in arrivals] != logged for arrivals in heard):
        raise RuntimeError("a socket lost an event, or heard one twice")
    return [delay for arrivals in heard for seq, delay in arrivals if seq != 1]


@contextmanager
def _without_pauses() -> Iterator[None]:
    """Collect no garbage in this process meanwhile: it would be late for what has come."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _arrivals(ear: Ear) -> Iterator[tuple[int, float]]:
    """The seq of each event, and the milliseconds that it took."""
    for moment, text in ear.events():
        event = json.loads(text)["event"]
        happened = datetime.fromisoformat(event["at"]).timestamp()
        yield event["seq"], (moment - happened) * 1000


@asynccontextmanager
async def _watching(url: str, run_id: str) -> AsyncIterator[ClientConnection]:
    speaking = [Subprotocol("workflow.v1")]
    async with connect(_socket(url), subprotocols=speaking, compression=None) as socket:
        await socket.send(json.dumps({"type": "subscribe", "run_id": run_id}))
        yield socket


def _socket(url: str) -> str:
    return f"{url.replace('http', 'ws', 1)}/api/v1/ws"


@asynccontextmanager
async def _server() -> AsyncIterator[str]:
    """The address of a server with an empty database, in a process of its own."""
    with TemporaryDirectory() as folder:
        settings = {
            "WORKFLOW_DATABASE_URL": f"sqlite:///{Path(folder) / 'bench.db'}",
            "WORKFLOW_FUNCTIONS": "benchmarks.pace",
        }
        words = ("-m", "api.cli.main", "serve", "--port", "0")
        process = await asyncio.create_subprocess_exec(
            sys.executable, *words, cwd=ROOT, env={**os.environ, **settings}, stderr=PIPE
        )
        try:
            yield await _address(process)
        finally:
            process.terminate()
            await process.communicate()


async def _address(process: asyncio.subprocess.Process) -> str:
    assert process.stderr is not None, "it is a pipe"  # noqa: S101
    async for line in process.stderr:
        if found := re.search(rb"http://\S+", line):
            return found[0].decode()
    raise RuntimeError("the server ended before it was up")
