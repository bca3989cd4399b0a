"""Takes in the trace that a request is a part of."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from services.domain.traces import SpanRef
from services.telemetry.carrying import carrying


class TraceContext:
    """ASGI middleware: what a request has the service do belongs to the trace of its header.

    A `traceparent` that is none is ignored, as W3C Trace Context wants it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        parent = SpanRef.parse(Headers(scope=scope).get("traceparent"))
        with carrying(None if parent is None else str(parent)):
            await self._app(scope, receive, send)
