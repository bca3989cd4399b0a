"""Serves the application in this process."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Final

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from typing_extensions import override

from api.cutting import cut_stuck
from api.live.endpoint import PATIENCE_SECONDS
from api.live.line import MAX_MESSAGE_BYTES
from api.live.messages import HEARTBEAT_SECONDS
from api.live.text import SERVER_STOPS
from api.timely import TimelyProtocol
from services.errors import ServiceError

GRACE_SECONDS: Final = 5


class AddressError(ServiceError):
    """The server cannot listen at the address that it was given."""


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one.

    Raises:
        AddressError: this machine has no such address, or the port is taken.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        made = socket.create_server((host, port), family=family)
    except OSError as error:
        raise AddressError(_why_not(host, port, error)) from error
    # asyncio sends at once (TCP_NODELAY) only where a socket says by itself that it speaks TCP;
    # else the body of an answer waits 40 ms until the client has acknowledged its head.
    return socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP, made.detach())


def must_be_guarded(host: str) -> None:
    """Refuse to listen, without any key, where others than this machine can ask.

    Raises:
        AddressError: the host is not this machine only.
    """
    if not is_loopback(host):
        raise AddressError(
            f"there is no API key, so the server listens on this machine only, not on {host!r};"
            " make one with 'workflow keys create', or set WORKFLOW_API_KEY"
        )


@asynccontextmanager
async def serving(
    app: ASGIApp, listener: socket.socket, patience_seconds: float = PATIENCE_SECONDS
) -> AsyncIterator[str]:
    """The base URL of the application, served while the block lasts.

    A connection that is closed is cut when its client takes nothing for `patience_seconds`.
    """
    leaving = asyncio.Event()
    config = uvicorn.Config(
        _Departure(app, leaving),
        http=TimelyProtocol,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        ws_max_size=MAX_MESSAGE_BYTES,
        ws_ping_interval=HEARTBEAT_SECONDS,
        ws_per_message_deflate=False,  # for each socket anew, it costs more than all the rest
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = _Server(config)
    async with asyncio.TaskGroup() as tasks:
        served = tasks.create_task(server.serve([listener]), name="server")
        cutting = tasks.create_task(cut_stuck(server.transports, patience_seconds), name="cutting")
        served.add_done_callback(lambda _: cutting.cancel())
        await server.is_up.wait()
        try:
            yield _url(listener)
        finally:
            leaving.set()
            server.should_exit = True


@dataclass(frozen=True, slots=True)
class _Departure:
    """ASGI middleware: when the server leaves, responses that stream hear that nobody listens.

    Otherwise the server would wait for them until its grace is over.
    """

    app: ASGIApp
    leaving: asyncio.Event

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; once its body is read, only a departure is left to be heard."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        is_read = False

        async def heard() -> Message:
            nonlocal is_read
            if is_read:
                return await self._disconnect(receive)
            message = await receive()
            is_read = not message.get("more_body", False)
            return message

        await self.app(scope, heard, send)

    async def _disconnect(self, receive: Receive) -> Message:
        async with asyncio.TaskGroup() as tasks:
            gone = tasks.create_task(_gone(receive))
            both = (gone, tasks.create_task(self.leaving.wait()))
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            for task in both:
                task.cancel()
        return SERVER_STOPS if gone.cancelled() else gone.result()


async def _gone(receive: Receive) -> Message:
    while (message := await receive())["type"] != "http.disconnect":
        pass
    return message


class _Server(uvicorn.Server):
    """A server that tells when it is up and leaves signals to whoever started it."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_up = asyncio.Event()

    def transports(self) -> list[asyncio.Transport]:
        """Those of all connections."""
        return [connection.transport for connection in self.server_state.connections]

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.is_up.set()

    @override
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _why_not(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"port {port} of {host} is taken, perhaps by another 'workflow serve'; "
            "stop it, or choose another port with --port"
        )
    return f"cannot listen on {host} port {port}: {error.strerror}"


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
