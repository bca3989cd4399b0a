"""Sockets that only note when something came, so that five hundred of them cost next to nothing.

A client that takes each message apart as it comes is measured with the server that sends it. These
keep the bytes with the moment of their arrival, and take them apart when the run is over.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from time import time
from typing import Final

from typing_extensions import override
from websockets.client import ClientProtocol
from websockets.frames import Frame
from websockets.protocol import State
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

_READY: Final = b'"head_seq"'
_EVENT: Final = b'{"type":"event"'
_END: Final = b'{"type":"end"'
_PING: Final = b"\x89\x04"
"""The head of a ping; it is no text, so no message holds it."""


class Ear(asyncio.Protocol):
    """One socket that is subscribed to one run."""

    def __init__(self, url: str, run_id: str) -> None:
        self.is_ready = asyncio.Event()
        self.has_ended = asyncio.Event()
        self._websocket = ClientProtocol(parse_uri(url), subprotocols=[Subprotocol("workflow.v1")])
        self._request = json.dumps({"type": "subscribe", "run_id": run_id}).encode()
        self._unread: list[tuple[float, bytes]] = []
        self._events: list[tuple[float, str]] = []

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)  # noqa: S101 - sockets are
        self._transport = transport
        self._websocket.send_request(self._websocket.connect())
        self._transport.writelines(self._websocket.data_to_send())

    @override
    def data_received(self, data: bytes) -> None:
        if self._websocket.state is State.CONNECTING:
            self._websocket.receive_data(data)
            self._websocket.send_text(self._request)
            self._transport.writelines(self._websocket.data_to_send())
            return
        self._unread.append((time(), data))
        if _PING in data:
            self._read()
        if _READY in data:
            self.is_ready.set()
        if _END in data:
            self.has_ended.set()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self.is_ready.set()
        self.has_ended.set()

    def events(self) -> Sequence[tuple[float, str]]:
        """Each event with the moment at which the last byte of it was there."""
        self._read()
        return self._events

    def _read(self) -> None:
        """Take apart what came, and answer what has to be answered."""
        for moment, data in self._unread:
            self._websocket.receive_data(data)
            for frame in self._websocket.events_received():
                text = bytes(frame.data) if isinstance(frame, Frame) else b""
                if text.startswith(_EVENT):
                    self._events.append((moment, text.decode()))
        self._unread.clear()
        self._transport.writelines(self._websocket.data_to_send())


@asynccontextmanager
async def listening(url: str, run_id: str) -> AsyncIterator[Ear]:
    """An ear that hears a run as soon as the block begins."""
    place = parse_uri(url)
    transport, ear = await asyncio.get_running_loop().create_connection(
        lambda: Ear(url, run_id), place.host, place.port
    )
    try:
        await ear.is_ready.wait()
        yield ear
    finally:
        transport.abort()
