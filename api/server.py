"""Serves the application in this process, on an address that only this machine reaches."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final

import uvicorn
from starlette.types import ASGIApp
from typing_extensions import override

from api.live.line import MAX_MESSAGE_BYTES
from api.live.messages import HEARTBEAT_SECONDS
from services.errors import ServiceError

GRACE_SECONDS: Final = 5


class AddressError(ServiceError):
    """The server cannot listen at the address that it was given."""


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one.

    Raises:
        AddressError: the host is not this machine only, or the port is taken.
    """
    if not _is_loopback(host):
        raise AddressError(
            f"the server has no accounts yet and listens on this machine only, not on {host!r}; "
            "use 127.0.0.1, ::1 or localhost"
        )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise AddressError(_why_not(host, port, error)) from error


@asynccontextmanager
async def serving(app: ASGIApp, listener: socket.socket) -> AsyncIterator[str]:
    """The base URL of the application, served while the block lasts."""
    config = uvicorn.Config(
        app,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        ws_max_size=MAX_MESSAGE_BYTES,
        ws_ping_interval=HEARTBEAT_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = _Server(config)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(server.serve([listener]), name="server")
        await server.is_up.wait()
        try:
            yield _url(listener)
        finally:
            server.should_exit = True


class _Server(uvicorn.Server):
    """A server that tells when it is up and leaves signals to whoever started it."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_up = asyncio.Event()

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.is_up.set()

    @override
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _is_loopback(host: str) -> bool:
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
