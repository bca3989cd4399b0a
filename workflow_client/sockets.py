"""The socket: how it is opened, and what its closing means."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Subprotocol

from workflow_client.errors import ClientError, ProtocolError, UnreachableError, said_on_socket
from workflow_client.wanted import Messages, Wanted

PROTOCOL: Final = Subprotocol("workflow.v1")

_SCHEMES: Final = {"http": "ws", "https": "wss"}

_REFUSALS: Final = {4401: 401, 4403: 403, 4404: 404}
"""Close codes that asking again does not change, and the statuses that HTTP has for them."""

_BAD_MESSAGE: Final = 4400
_NO_WORD: Final = 1006


async def over_socket(wanted: Wanted, after_seq: int) -> Messages:
    """What the server says to a subscription.

    Raises:
        ProblemError: it is refused.
        UnreachableError: no socket can be opened, or it broke.
        ProtocolError: the server does not understand what is wanted.
    """
    detail = ""
    async with _line(wanted) as line:
        try:
            await line.send(_request(wanted, after_seq))
            while True:
                message = json.loads(await line.recv())
                if message["type"] == "error":
                    detail = message["detail"]  # what follows is the close, which has a code
                yield message
        except ConnectionClosed as closed:
            raise _refusal(wanted, closed, detail) from closed


@asynccontextmanager
async def _line(wanted: Wanted) -> AsyncIterator[ClientConnection]:
    """An open socket; its own pings find out whether the server is still there.

    Raises:
        UnreachableError: it cannot be opened now; the stream tells whether nobody is let in.
    """
    url = wanted.url
    address = url.copy_with(scheme=_SCHEMES[url.scheme], path=f"{url.path}/ws")
    opening = connect(
        str(address),
        subprotocols=[PROTOCOL],
        additional_headers=wanted.headers,
        max_size=None,
        compression=None,
    )
    try:
        line = await opening
    except (OSError, TimeoutError, InvalidHandshake) as error:
        raise UnreachableError(str(address), str(error) or repr(error)) from error
    try:
        yield line
    finally:
        # To close politely is to read all that was sent; who leaves wants none of it.
        line.transport.abort()


def _request(wanted: Wanted, after_seq: int) -> str:
    request = {"type": "subscribe", "run_id": wanted.run_id, "after_seq": after_seq}
    return json.dumps(
        request if wanted.channels is None else request | {"channels": wanted.channels}
    )


def _refusal(wanted: Wanted, closed: ConnectionClosed, detail: str) -> ClientError:
    """What a close says; most closes only say that one has to come back."""
    code, reason = (closed.rcvd.code, closed.rcvd.reason) if closed.rcvd else (_NO_WORD, "")
    if code == _BAD_MESSAGE:
        return ProtocolError(detail or reason)
    if code in _REFUSALS:
        return said_on_socket(_REFUSALS[code], reason, detail or reason)
    return UnreachableError(str(wanted.url), f"the line broke ({code} {reason})")
