"""Who may talk to the server: programs, and pages that the server itself gave out.

There are no accounts yet, so the browser's own rules are the wall: a page of another site may
neither send a change nor open a socket, and a name that somebody bent to this machine (DNS
rebinding) is no name of ours.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.errors import ForeignOriginError, RequestError, UnknownHostError
from api.problems import problem_response

LOOPBACK_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})

_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_PORTS: Final = frozenset({("http", 80), ("https", 443), ("ws", 80), ("wss", 443)})


class Gate:
    """ASGI middleware: refuses foreign names of the server, and changes that foreign pages ask for.

    `names` are the names that the server answers to; None: any. Sockets get the same check of the
    name here; their origin is checked where a close code can tell the client about it.
    """

    def __init__(self, app: ASGIApp, names: Collection[str] | None = None) -> None:
        self._app = app
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer with a problem."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        try:
            self._check(scope, Headers(scope=scope))
        except RequestError as error:
            await problem_response(error)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _check(self, scope: Scope, headers: Headers) -> None:
        host = headers.get("host", "")
        if self._names is not None and _name(host) not in self._names:
            raise UnknownHostError(host)
        if scope["type"] == "http" and scope["method"] not in _READING:
            check_origin(headers)


def check_origin(headers: Headers) -> None:
    """Let through what comes from no page or from one of our own.

    Raises:
        ForeignOriginError: it comes from a page of another site.
    """
    origin, host = headers.get("origin"), headers.get("host", "")
    if origin is not None and not is_same_origin(origin, host):
        raise ForeignOriginError(origin, host)


def is_same_origin(origin: str, host: str) -> bool:
    """Whether an `Origin` header names the server that a `Host` header names."""
    try:
        page = urlsplit(origin)
        server = urlsplit(f"{page.scheme}://{host}")
        ports = (_port(page.scheme, page.port), _port(page.scheme, server.port))
    except ValueError:
        return False
    return bool(page.hostname) and page.hostname == server.hostname and ports[0] == ports[1]


def _port(scheme: str, port: int | None) -> int | None:
    return None if (scheme, port) in _PORTS else port


def _name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
