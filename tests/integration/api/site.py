"""The application on a real port, the ways to talk to it, and workflows that wait to be let go."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from api.app import create_app
from api.deps import visitor_of
from api.gate import LOOPBACK_NAMES
from api.live.endpoint import LiveEndpoint
from api.live.messages import PROTOCOL
from api.live.visitor import Authenticate
from api.server import listen, serving
from services.bootstrap import Services
from tests.support.clients import client_of
from tests.support.service import service

Wire = dict[str, Any]

PROJECT = "/api/v1/projects/default"

GREETING: Wire = {
    "name": "greeting",
    "input_schema": {"type": "object", "properties": {"name": {"type": "string"}}},
    "nodes": [
        {"id": "greet", "type": "template", "config": {"template": "Hi {{ input.name }}"}},
        {"id": "shout", "type": "transform", "config": {"expression": "upper(greet.output.text)"}},
    ],
    "edges": [{"source": "greet", "target": "shout"}],
}
HOLDING: Wire = {
    "name": "holding",
    "nodes": [
        {"id": "before", "type": "transform", "config": {"expression": "1"}},
        {"id": "hold", "type": "python", "config": {"function": "hold"}},
        {"id": "after", "type": "transform", "config": {"expression": "2"}},
    ],
    "edges": [{"source": "before", "target": "hold"}, {"source": "hold", "target": "after"}],
}
FAILING: Wire = {
    "name": "failing",
    "nodes": [{"id": "break", "type": "python", "config": {"function": "break_down"}}],
    "edges": [],
}


TALKING: Wire = {
    "name": "talking",
    "nodes": [{"id": "say", "type": "emit", "config": {"name": "word", "data": {"now": 1}}}],
    "edges": [],
}


@dataclass(slots=True)
class Hold:
    """A function that tells when it is called, and waits until it may return."""

    called: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self) -> str:
        self.called.set()
        await self.released.wait()
        return "held"


async def break_down() -> None:
    raise ConnectionError("the printer is on fire")


@dataclass(frozen=True, slots=True)
class Sockets:
    """ASGI middleware that tells how the application closes its sockets, and when it is done."""

    app: ASGIApp
    closings: asyncio.Queue[int]
    ended: asyncio.Queue[None]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def tell_and_send(message: Message) -> None:
            if message["type"] == "websocket.close":
                self.closings.put_nowait(message["code"])
            await send(message)

        await self.app(scope, receive, tell_and_send)
        if scope["type"] == "websocket":
            self.ended.put_nowait(None)


@dataclass(slots=True)
class Site:
    """One server."""

    url: str
    services: Services
    http: httpx.AsyncClient
    hold: Hold
    sockets: Sockets

    async def holds(self, run_id: str) -> None:
        """Wait until a run is at the function that waits, and its log says so."""
        await self.hold.called.wait()
        async with self.services.runs.watch(run_id) as frames:
            async for frame in frames:
                if frame.type == "node.started" and json.loads(frame.text)["node_id"] == "hold":
                    return

    async def stored(self, definition: Wire) -> str:
        answer = await self.http.post(f"{PROJECT}/workflows", json={"definition": definition})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def run(self, definition: Wire, run_input: Wire | None = None) -> Wire:
        """A run that was executed to its end."""
        run = await self.pending(definition, run_input)
        async with self.services.runs.watch(run["id"]) as frames:
            await self.http.post(f"/api/v1/runs/{run['id']}/execute")
            async for _ in frames:
                pass
        return dict((await self.http.get(f"/api/v1/runs/{run['id']}")).json())

    async def pending(self, definition: Wire, run_input: Wire | None = None) -> Wire:
        body = {"workflow_id": await self.stored(definition), "input": run_input or {}}
        answer = await self.http.post(f"{PROJECT}/workflows/runs", json=body)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    @asynccontextmanager
    async def socket(self, **options: Any) -> AsyncIterator[ClientConnection]:
        """A socket after the server's greeting."""
        address = self.url.replace("http", "ws", 1) + "/api/v1/ws"
        async with connect(address, subprotocols=[Subprotocol(PROTOCOL)], **options) as socket:
            assert (await heard(socket))["type"] == "hello"
            yield socket


async def say(socket: ClientConnection, **message: Any) -> None:
    await socket.send(json.dumps(message))


async def heard(socket: ClientConnection) -> Wire:
    return dict(json.loads(await socket.recv()))


async def events_until_end(socket: ClientConnection) -> list[Wire]:
    """The stored events of the one run that the socket follows."""
    events = []
    while (message := await heard(socket))["type"] != "end":
        if message["type"] == "event" and "seq" in message["event"]:
            events.append(message["event"])
    return events


@asynccontextmanager
async def open_site(
    folder: Path,
    *,
    patience_seconds: float = 10.0,
    authenticate: Authenticate = visitor_of,
    **settings: Any,
) -> AsyncIterator[Site]:
    hold = Hold()
    functions = {"hold": hold.__call__, "break_down": break_down}
    async with service(folder, functions, shutdown_grace_seconds=0.0, **settings) as services:
        app = create_app(
            services,
            names=LOOPBACK_NAMES,
            live=LiveEndpoint(patience_seconds, authenticate),
        )
        sockets = Sockets(app, asyncio.Queue(), asyncio.Queue())
        async with (
            serving(sockets, listen("127.0.0.1", 0)) as url,
            client_of(url) as http,
        ):
            yield Site(url, services, http, hold, sockets)
