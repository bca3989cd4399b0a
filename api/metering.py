"""Measures requests and sockets on their way through."""

from __future__ import annotations

import time
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.telemetry.metrics import Metrics

_NO_ROUTE: Final = "none"
_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
_CLOSED_BY_CLIENT: Final = "client"


class Metering:
    """ASGI middleware over everything, so that what the application refuses counts as well.

    Routes are named by their pattern: addresses hold ids, which would be labels without end.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        labels = ("method", "route", "status")
        self._requests = metrics.counter("http_requests", "Requests that were answered.", *labels)
        self._seconds = metrics.histogram(
            "http_request_seconds", "From a request to the end of its answer.", "method", "route"
        )
        self._sockets = metrics.gauge("sockets", "Sockets that are open.")
        self._closed = metrics.counter(
            "sockets_closed",
            "Sockets that ended; 1013: the reader did not keep up, or the database was away.",
            "code",
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass it on, and see how it goes."""
        match scope["type"]:
            case "http":
                await self._request(scope, receive, send)
            case "websocket":
                await self._socket(scope, receive, send)
            case _:
                await self._app(scope, receive, send)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun, status = time.monotonic(), 500

        async def look_and_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, look_and_send)
        finally:
            method = scope["method"] if scope["method"] in _METHODS else "other"
            route = getattr(scope.get("route"), "path", _NO_ROUTE)
            self._requests.labels(method, route, str(status)).inc()
            self._seconds.labels(method, route).observe(time.monotonic() - begun)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        code = _CLOSED_BY_CLIENT

        async def look_and_send(message: Message) -> None:
            nonlocal code
            if message["type"] == "websocket.close":
                code = str(message.get("code", 1000))
            await send(message)

        self._sockets.inc()
        try:
            await self._app(scope, receive, look_and_send)
        finally:
            self._sockets.dec()
            self._closed.labels(code).inc()
