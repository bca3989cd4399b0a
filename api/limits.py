"""Refuses bodies that are too large, too slow or no JSON that the service wants."""

from __future__ import annotations

import asyncio
from typing import Final

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import BodyTooLargeError, BodyTooSlowError, MediaTypeError, RequestError
from api.problems import problem_response
from api.strict_json import MAX_BYTES, read_json

MAX_BODY_BYTES: Final = MAX_BYTES

BODY_SECONDS: Final = 60.0
"""So long a body may take from its head to its end: 140 kbit/s are enough for the largest."""

_PATIENCE_BYTES: Final = 16 * MAX_BODY_BYTES
"""So much of a refused body is still taken: a client that sends cannot read the answer yet."""


class BodyLimits:
    """ASGI middleware: what comes through has no body, or a small one of well-behaved JSON.

    A body may take `seconds`, so that nobody holds a connection by sending theirs for ever.
    """

    def __init__(self, app: ASGIApp, seconds: float = BODY_SECONDS) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer with a problem."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            body = await self._read(receive)
            _check(body, Headers(scope=scope).get("content-type", ""))
        except RequestError as error:
            await problem_response(error)(scope, receive, send)
        except ClientDisconnect:
            return
        else:
            await self._app(scope, _replay(body, receive), send)

    async def _read(self, receive: Receive) -> bytes:
        try:
            async with asyncio.timeout(self._seconds):
                return await _read(receive)
        except TimeoutError as error:
            raise BodyTooSlowError(self._seconds) from error


async def _read(receive: Receive) -> bytes:
    chunks: list[bytes] = []
    size = 0
    more = True
    while more and size <= _PATIENCE_BYTES:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size <= MAX_BODY_BYTES:
            chunks.append(chunk)
        more = message.get("more_body", False)
    if size > MAX_BODY_BYTES:
        raise BodyTooLargeError(MAX_BODY_BYTES)
    return b"".join(chunks)


def _check(body: bytes, content_type: str) -> None:
    if not body:
        return
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise MediaTypeError(media_type)
    read_json(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    """The body once more, for the application; after it whatever else the client does."""
    unread = [body]

    async def receive_again() -> Message:
        if unread:
            return {"type": "http.request", "body": unread.pop(), "more_body": False}
        return await receive()

    return receive_again
