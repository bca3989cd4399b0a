"""The response that streams, over a network that the test plays."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from starlette.applications import Starlette
from starlette.requests import HTTPConnection
from starlette.types import Message

from api.live.endpoint import LiveEndpoint
from api.live.text import SERVER_STOPS, Beat, LiveText
from services.domain.access import LOCAL, Principal


class Network:
    """Takes `room` messages and then nothing more; its client leaves when `gone` is set."""

    def __init__(self, room: int = 1_000, departure: Message | None = None) -> None:
        self.sent: list[Message] = []
        self.gone = asyncio.Event()
        self._room = asyncio.Semaphore(room)
        self._departure = departure or {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        await self._room.acquire()
        self.sent.append(message)

    async def receive(self) -> Message:
        await self.gone.wait()
        return self._departure

    @property
    def is_complete(self) -> bool:
        return self.sent[-1].get("more_body") is False

    @property
    def text(self) -> str:
        return b"".join(message["body"] for message in self.sent[1:]).decode()


class Telling:
    """A stream that says how it was left."""

    def __init__(self, *pieces: str, waits: bool = False) -> None:
        self.pieces = pieces
        self.waits = waits
        self.is_closed = False
        self.is_left = False

    async def tell(self) -> AsyncGenerator[str, None]:
        try:
            for piece in self.pieces:
                yield piece
            if self.waits:
                await asyncio.Event().wait()
        finally:
            self.is_closed = True

    async def leave(self) -> None:
        self.is_left = True


class Keys:
    """Knows a visitor for so many looks."""

    def __init__(self, looks: int = 1_000) -> None:
        self._looks = looks

    async def __call__(self, _connection: HTTPConnection, _key: str | None) -> Principal | None:
        self._looks -= 1
        return LOCAL if self._looks >= 0 else None


async def respond(
    telling: Telling,
    network: Network,
    *,
    rules: LiveEndpoint | None = None,
    beat_seconds: float = 60.0,
    broken_off: str | None = None,
) -> None:
    response = LiveText(
        telling.tell(),
        beat=Beat("beat", beat_seconds),
        headers={},
        broken_off=broken_off,
        left=telling.leave,
    )
    app = Starlette()
    app.state.live = rules or LiveEndpoint(authenticate=Keys())
    scope: dict[str, Any] = {"type": "http", "app": app}
    await response(scope, network.receive, network.send)


async def test_what_was_sent_to_its_end_is_complete():
    network, telling = Network(), Telling("a", "b")
    await respond(telling, network)
    assert network.text == "ab"
    assert network.is_complete
    assert not telling.is_left


async def test_a_client_that_takes_nothing_is_cut_off():
    network, telling = Network(room=3), Telling(*"abcdef")
    await respond(telling, network, rules=LiveEndpoint(0.01, Keys()), broken_off="")
    assert telling.is_closed
    assert telling.is_left
    assert not network.is_complete


async def test_when_nothing_happens_it_says_that_it_is_there():
    network, telling = Network(room=5), Telling(waits=True)
    await respond(telling, network, rules=LiveEndpoint(0.01, Keys()), beat_seconds=0)
    assert network.text == "beat" * 4
    assert telling.is_closed


async def test_a_client_that_leaves_ends_it():
    network, telling = Network(), Telling("a", waits=True)
    network.gone.set()
    await respond(telling, network)
    assert telling.is_closed
    assert telling.is_left
    assert not network.is_complete


async def test_a_server_that_stops_is_no_client_that_leaves():
    network, telling = Network(departure=SERVER_STOPS), Telling("a", waits=True)
    network.gone.set()
    await respond(telling, network, broken_off="go on elsewhere")
    assert telling.is_closed
    assert not telling.is_left
    assert network.text.endswith("go on elsewhere")


async def test_it_is_over_when_the_key_is_not_valid_any_more():
    for broken_off in (None, ""):
        network, telling = Network(), Telling("a", waits=True)
        rules = LiveEndpoint(authenticate=Keys(looks=2), look_seconds=0)
        await respond(telling, network, rules=rules, broken_off=broken_off)
        assert telling.is_closed
        assert telling.is_left
        assert network.is_complete == (broken_off is not None)
