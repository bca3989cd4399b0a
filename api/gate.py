"""Who may talk to the server: programs, and pages that the server itself gave out.

A page of another site may neither send a change nor open a socket, and a name that somebody bent to
this machine (DNS rebinding) is no name of ours. Where no key is needed this is the wall; where one
is, it keeps pages from trying.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from ipaddress import ip_address
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.errors import ForeignOriginError, RequestError, UnknownHostError
from api.problems import problem_response

LOOPBACK_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})

ANY_NUMBER: Final = "*"
"""Stands among names for every address that is a number."""

_EVERYWHERE: Final = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - to know it
_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_PORTS: Final = frozenset({("http", 80), ("https", 443), ("ws", 80), ("wss", 443)})


CROSS_ORIGIN: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "allow_methods": ("GET", "POST", "PUT", "PATCH", "DELETE"),
        "allow_headers": (
            "authorization",
            "content-type",
            "idempotency-key",
            "if-match",
            "last-event-id",
            "x-api-key",
        ),
        "expose_headers": ("content-location", "etag", "location", "retry-after"),
    }
)
"""What browsers are told of the pages of allowed sites; without any they are told nothing."""


class Gate:
    """ASGI middleware: refuses foreign names of the server, and changes that foreign pages ask for.

    `names` are the names that the server answers to; None: any. `origins` are sites whose pages
    may do what its own page may. Sockets get the same check of the name here; their origin is
    checked where a close code can tell the client about it.
    """

    def __init__(
        self, app: ASGIApp, names: Collection[str] | None = None, origins: Collection[str] = ()
    ) -> None:
        self._app = app
        self._names = names
        self._origins = origins

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
        if self._names is not None and not _is_known(_name(host), self._names):
            raise UnknownHostError(host)
        if scope["type"] == "http" and scope["method"] not in _READING:
            check_origin(headers, self._origins)


def names_of(host: str, others: Collection[str]) -> frozenset[str]:
    """The names of a server that listens at an address, and has these others.

    One that listens everywhere is known by any number: only a name can be bent.
    """
    everywhere = {ANY_NUMBER} if host in _EVERYWHERE else {host.lower()}
    return LOOPBACK_NAMES | everywhere | {name.lower() for name in others}


def check_origin(headers: Headers, allowed: Collection[str] = ()) -> None:
    """Let through what comes from no page, from one of our own, or from an allowed site.

    Raises:
        ForeignOriginError: it comes from a page of another site.
    """
    origin, host = headers.get("origin"), headers.get("host", "")
    if origin is not None and origin not in allowed and not is_same_origin(origin, host):
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


def _is_known(name: str, names: Collection[str]) -> bool:
    return name in names or (ANY_NUMBER in names and _is_number(name))


def _is_number(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
