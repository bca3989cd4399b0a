"""The response that streams, over a network that the test plays."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from starlette.types import Message

from api.live.sse import EventStream, words
from api.live.told import Head, Resync, Told
from services.domain.access import LOCAL, Principal
from services.domain.frames import Frame


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (Frame(7, "log", '{"seq":7}', "r"), 'id: 7\ndata: {"seq":7}\n\n'),
        (Frame(None, "node.token", "{}", "r"), "data: {}\n\n"),
        (Head(3), 'retry: 1000\nevent: subscribed\ndata: {"head_seq":3}\n\n'),
        (Resync(None), 'event: resync\ndata: {"from": null}\n\n'),
    ],
)
def test_what_is_told_is_spelt_as_the_standard_says(item: Told, expected: str):
    assert words(item) == expected


class Network:
    """Takes `room` messages and then nothing more; its client leaves when `gone` is set."""

    def __init__(self, room: int = 1_000) -> None:
        self.sent: list[Message] = []
        self.gone = asyncio.Event()
        self._room = asyncio.Semaphore(room)

    async def send(self, message: Message) -> None:
        await self._room.acquire()
        self.sent.append(message)

    async def receive(self) -> Message:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    @property
    def is_complete(self) -> bool:
        return self.sent[-1].get("more_body") is False


class Telling:
    """A stream that says how it was left."""

    def __init__(self, *items: Told, waits: bool = False) -> None:
        self.items = items
        self.waits = waits
        self.is_closed = False

    async def tell(self) -> AsyncGenerator[Told, None]:
        try:
            for item in self.items:
                yield item
            if self.waits:
                await asyncio.Event().wait()
        finally:
            self.is_closed = True


class Keys:
    """Knows a visitor for so many looks."""

    def __init__(self, looks: int = 1_000) -> None:
        self._looks = looks

    async def known(self) -> Principal | None:
        self._looks -= 1
        return LOCAL if self._looks >= 0 else None


async def respond(
    telling: Telling, network: Network, keys: Keys | None = None, **options: Any
) -> None:
    response = EventStream(telling.tell(), (keys or Keys()).known, **options)
    await response({"type": "http"}, network.receive, network.send)


async def test_it_says_when_it_is_over():
    network = Network()
    await respond(Telling(Head(0)), network)
    assert network.sent[-1]["body"] == b"event: end\ndata: {}\n\n"
    assert network.is_complete


async def test_a_client_that_takes_nothing_is_cut_off():
    network = Network(room=3)
    telling = Telling(*[Frame(seq, "log", "{}", "r") for seq in range(1, 10)])
    await respond(telling, network, patience_seconds=0.01)
    assert telling.is_closed
    assert not network.is_complete


async def test_when_nothing_happens_it_says_that_it_is_there():
    network, telling = Network(room=5), Telling(waits=True)
    await respond(telling, network, keep_alive_seconds=0, patience_seconds=0.01)
    assert {message["body"] for message in network.sent[1:]} == {b": still here\n\n"}
    assert telling.is_closed


async def test_a_client_that_leaves_ends_it():
    network, telling = Network(), Telling(Head(0), waits=True)
    network.gone.set()
    await respond(telling, network)
    assert telling.is_closed
    assert network.sent[-1]["body"] == b""


async def test_it_is_over_when_the_key_is_not_valid_any_more():
    network, telling = Network(), Telling(Head(0), waits=True)
    await respond(telling, network, Keys(looks=2), look_seconds=0)
    assert telling.is_closed
    assert network.is_complete
    assert b"event: end" not in network.sent[-1]["body"]
