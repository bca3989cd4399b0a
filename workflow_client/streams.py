"""The stream of server-sent events, in the words of the socket."""

from __future__ import annotations

import json
from typing import Any, Final
from urllib.parse import quote

import httpx2

from workflow_client.errors import ProtocolError, TooManyError, UnreachableError, problem_error
from workflow_client.wanted import Messages, Wanted

_SILENCE_SECONDS: Final = 40.0
"""A server says at least every 15 seconds that it is there."""

_SERVER_FAILS: Final = 500


async def over_http(wanted: Wanted, after_seq: int) -> Messages:
    """What the server says to whoever reads its stream.

    Raises:
        ProblemError: it is refused.
        UnreachableError: the stream cannot be had now, or it broke.
        ProtocolError: what comes is no such stream.
    """
    path = f"/runs/{quote(wanted.run_id, safe='')}/events/stream"
    params: dict[str, Any] = {"after_seq": after_seq}
    if wanted.channels is not None:
        params["channels"] = list(wanted.channels)
    try:
        async with (
            _client(wanted) as client,
            client.sse(path, params=params, max_event_size=None) as stream,
        ):
            await _check(stream.response)
            async for sent in stream:
                yield _message(sent)
    except httpx2.TransportError as error:
        raise UnreachableError(str(wanted.url), str(error) or repr(error)) from error
    raise UnreachableError(str(wanted.url), "the stream broke off")


def _client(wanted: Wanted) -> httpx2.AsyncClient:
    """One of its own: a stream takes none of the connections that requests share."""
    return httpx2.AsyncClient(base_url=wanted.url, headers=wanted.headers, timeout=_SILENCE_SECONDS)


async def _check(response: httpx2.Response) -> None:
    """Let pass what is not refused.

    Raises:
        ProblemError: it is, and asking again changes nothing.
        UnreachableError: it may be had a little later.
    """
    if response.is_success:
        return
    error = problem_error(response.status_code, await response.aread())
    if response.status_code >= _SERVER_FAILS or isinstance(error, TooManyError):
        raise UnreachableError(str(response.url), str(error))
    raise error


def _message(sent: httpx2.ServerSentEvent) -> dict[str, Any]:
    try:
        said = json.loads(sent.data)
    except ValueError as error:
        raise ProtocolError(f"no event: {error}") from error
    if sent.event == "message":
        return {"type": "event", "event": said}
    return {**said, "type": sent.event}
